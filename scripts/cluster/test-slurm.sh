#!/bin/bash
# Tests slurm.sbatch on a real Slurm: a controller and two nodes, all on this machine, in processes of our own.
#
#     npm run test:slurm            (Debian or Ubuntu, as root: a node is a Linux namespace; 5 to 15 minutes)
#
# The sample's 1,000 test photos, three of them broken, go through mini-clip in 12 shards: once here in one process, and
# once as an array job during which the controller is killed and started again, a task is requeued, and one node loses
# its power (all its processes are killed at once). Both results must have the same files, byte for byte. Then the array
# is submitted once more, and must leave every file as it is. All is done in a temporary folder, which is removed at the
# end; what stays are Debian's packages slurmctld, slurmd and slurm-client, if they had to be installed.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly SHARDS=12 ROWS=84
embed=(--dataset mini-geograph --split test --encoder mini-clip --rows-per-shard "$ROWS")
work=$(mktemp -d)
export SLURM_CONF=$work/slurm.conf
declare -A process # of the controller and the nodes, by name

say() { echo "$(date +%T)  $*"; }
fail() { say "FAILED: $*"; exit 1; }

cleanup() {
  local status=$?
  if ((status != 0)); then tail -n 15 "$work"/log/* "$work"/tasks/* 2>/dev/null || true; fi
  for name in "${!process[@]}"; do kill -9 "${process[$name]}" 2>/dev/null || true; done
  wait 2>/dev/null || true
  rm -rf "$work"
  exit "$status"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# until_true SECONDS WHAT COMMAND…: wait for the command to succeed.
until_true() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null; do
    ((SECONDS < deadline)) || fail "$what: not within the time allowed"
    sleep 0.5
  done
}

install_slurm() {
  command -v slurmctld slurmd sbatch unshare >/dev/null && return
  say "installing Slurm"
  apt-get update -q >"$work/apt.log" && DEBIAN_FRONTEND=noninteractive \
    apt-get install -qy --no-install-recommends slurmctld slurmd slurm-client >>"$work/apt.log" 2>&1 ||
    fail "apt-get: $(tail -n 3 "$work/apt.log")"
}

# copy_project FOLDER: the project, with prepared tables and photos of the sample but no embeddings.
copy_project() {
  local data=$1/data/mini-geograph photos
  mkdir -p "$data/prepared"
  cp -r lib scripts package.json tsconfig.json "$1"
  ln -s "$PWD/node_modules" "$1/node_modules"
  cp -r data/mini-clip "$1/data"
  cp data/mini-geograph/prepared/test.parquet "$data/prepared"
  cp -r data/mini-geograph/test_images "$data"
  mapfile -t photos < <(find "$data/test_images" -name '*.jpg' | sort | sed -n '100p;500p;900p')
  rm "${photos[0]}"
  : >"${photos[1]}"
  truncate --size=3000 "${photos[2]}"
}

write_configuration() {
  local host
  host=$(hostname -s)
  mkdir -p "$work"/{state,log,tasks}
  cat >"$SLURM_CONF" <<CONF
ClusterName=landscape
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=16817
SlurmUser=root
AuthType=auth/none
CredType=cred/none
# After a node's death, Slurm keeps its tasks back until their credentials have expired.
AuthInfo=cred_expire=5
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool-%n
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/%n.pid
SlurmctldLogFile=$work/log/slurmctld
SlurmdLogFile=$work/log/%n
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdTimeout=30
ReturnToService=2
NodeName=node-a,node-b NodeAddr=127.0.0.1 Port=16818,16819 CPUs=2
PartitionName=all Nodes=ALL Default=YES
CONF
}

start_controller() {
  slurmctld -D >/dev/null 2>&1 &
  process[controller]=$!
  until_true 30 "controller answers" eval 'scontrol ping | grep -q "is UP"'
}

# A node has its own host name and process numbers, as on a machine of its own; when its first process dies, all die.
start_node() {
  unshare --uts --pid --mount-proc --fork --kill-child sh -c 'hostname "$0" && exec slurmd -D' "$1" >/dev/null 2>&1 &
  process[$1]=$!
  until_true 30 "first process of $1" pgrep --parent "${process[$1]}"
  process[$1]=$(pgrep --parent "${process[$1]}")
  until_true 60 "$1 is there" eval "sinfo --noheader --nodes $1 --format %t | grep -qE '^(idle|mix|alloc)$'"
}

kill_now() {
  kill -9 "${process[$1]}"
  wait "${process[$1]}" 2>/dev/null || true
  unset "process[$1]"
}

submit() {
  (cd "$work/cluster" && sbatch --parsable --array="0-$((SHARDS - 1))%50" --cpus-per-task=1 --mem-per-cpu=0 \
    --output="$work/tasks/%A_%a.log" scripts/cluster/slurm.sbatch "${embed[@]}")
}

shards_done() { find "$work/cluster/data" -name 'manifest_*.json' | wc -l; }
is_done() { [[ -n $(find "$work/cluster/data" -name "$(printf 'manifest_%04d.json' "$1")") ]]; }
at_least_done() { (($(shards_done) >= $1)); }
# at_work_on NODE: the numbers of the shards whose tasks run there and have begun to embed.
at_work_on() {
  for shard in $(squeue --noheader --nodes "$1" --states running --format %K); do
    if tail -n 1 "$work/tasks/${job}_$shard.log" 2>/dev/null | grep -q ' of .* photos,'; then echo "$shard"; fi
  done
}
any_at_work_on() { [[ -n $(at_work_on "$1") ]]; }
starts_of() { grep -c "shard $1: start" "$work/tasks/${job}_$1.log"; }
all_ended() { [[ -z $(squeue --noheader) ]]; }
checksums() { (cd "$1/data/mini-geograph/embeddings" && find . -type f | sort | xargs sha256sum); }
times() { find "$work/cluster/data/mini-geograph/embeddings/" -name '*_0*' -type f -printf '%T@ %p\n' | sort; }
not_completed() { scontrol --oneliner show job "$1" | grep -v 'JobState=COMPLETED' || true; }

[[ $(id -u) == 0 ]] || fail "this test makes namespaces and needs root (sudo npm run test:slurm)"
install_slurm
node scripts/setup.mjs
[[ -e data/mini-geograph/prepared/test.parquet ]] || node scripts/run.mjs 01
mkdir "$work"/{local,cluster}
copy_project "$work/local"
copy_project "$work/cluster"

say "all $SHARDS shards in one process here"
(cd "$work/local" && node --import tsx scripts/embed.ts --workers 1 "${embed[@]}" >"$work/local.log" 2>&1) ||
  fail "local run: $(cat "$work/local.log")"

write_configuration
start_controller
start_node node-a
start_node node-b
job=$(submit)
say "Slurm $(slurmctld -V | cut -d' ' -f2), nodes $(sinfo --noheader --format '%N %t'): array job $job"

until_true 600 "three shards" at_least_done 3
say "$(shards_done) shards are done; the controller is killed"
kill_now controller
sleep 10
start_controller
say "$(shards_done) shards are done; the controller is back"

until_true 600 "a task at work" any_at_work_on node-a
requeued=$(at_work_on node-a | head -n 1)
scontrol requeue "${job}_$requeued"
say "the task of shard $requeued is requeued, as preemption does it"
until_true 600 "SIGTERM reaches the task" grep -q "Interrupted by SIGTERM" "$work/tasks/${job}_$requeued.log"

until_true 600 "five shards" at_least_done 5
until_true 600 "a task at work on node-a" any_at_work_on node-a
mapfile -t victims < <(at_work_on node-a)
kill_now node-a
for i in "${!victims[@]}"; do if is_done "${victims[$i]}"; then unset "victims[$i]"; fi; done
say "$(shards_done) shards are done; node-a is killed, in the middle of shards ${victims[*]:-none}"
until_true 300 "node-a counts as down" eval "sinfo --noheader --nodes node-a --format %t | grep -q '^down'"
say "$(shards_done) shards are done; Slurm has noticed that node-a is down"

until_true 900 "the array to end" all_ended
say "$(shards_done) shards are done; the array has ended"
[[ -z $(not_completed "$job") ]] || fail "tasks that did not complete: $(not_completed "$job")"
for shard in "$requeued" "${victims[@]}"; do
  (($(starts_of "$shard") >= 2)) || fail "shard $shard was not started again"
done
checksums "$work/local" >"$work/local.sha256"
checksums "$work/cluster" >"$work/cluster.sha256"
diff "$work/local.sha256" "$work/cluster.sha256" || fail "the files differ"
say "$(wc -l <"$work/local.sha256") files are identical to the local run's"

start_node node-a
before=$(times)
job=$(submit)
until_true 900 "the second array to end" all_ended
[[ -z $(not_completed "$job") ]] || fail "tasks that did not complete: $(not_completed "$job")"
[[ $(times) == "$before" ]] || fail "the second array wrote finished shards again"
say "node-a is back; submitted again: no finished shard was touched"
say "passed"
