/**
 * Cosine annealing (Loshchilov & Hutter 2017, without restarts), as PyTorch's CosineAnnealingLR: from `peak` in epoch
 * 0 down to 0 in epoch `period`. After that it rises again, to `peak` at 2 · `period`: the paper trains for up to 200
 * epochs with a period of 50, so long runs feel it.
 */
export function cosineAnnealing(epoch: number, peak: number, period = 50): number {
  return (peak * (1 + Math.cos((Math.PI * epoch) / period))) / 2;
}
