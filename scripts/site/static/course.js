// What the pages do: interactive figures, quizzes, presentation. No modules and no fetch: browsers refuse both to pages
// that are opened from a folder.

/** An element with these properties and children. */
function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// Figures: Plotly draws them when they come near the window, in place of their pictures, where they have room.
{
  let loading;
  const plotly = () =>
    (loading ??= new Promise((done, fail) => {
      const src = `${document.documentElement.dataset.content_root}_static/plotly.min.js`;
      const script = element("script", { src, onload: () => done(window.Plotly), onerror: fail });
      document.head.append(script);
    }));

  async function draw(figure) {
    const { data, layout, config } = JSON.parse(figure.querySelector("script").textContent);
    const width = Math.min(layout.width, figure.clientWidth);
    if (width < 0.75 * layout.width) return; // its letters would lie on each other
    const picture = figure.querySelector("img");
    const chart = element("div", { role: "group", ariaLabel: picture.alt });
    const Plotly = await plotly();
    figure.append(chart);
    const noUpload = { ...config, showSendToCloud: false };
    await Plotly.newPlot(chart, data, { ...layout, width }, noUpload);
    picture.hidden = true;
  }

  const near = (entries) => {
    for (const { target } of entries.filter(({ isIntersecting }) => isIntersecting)) {
      watch.unobserve(target);
      draw(target).catch(console.error);
    }
  };
  const watch = new IntersectionObserver(near, { rootMargin: "600px" });
  document.querySelectorAll("figure[data-interactive]").forEach((figure) => watch.observe(figure));
}

// Quizzes: a question, a list of options "a) …", and a folded answer that begins with the right letter in bold.
document.querySelectorAll("#quiz details").forEach((details, number) => {
  const list = details.previousElementSibling;
  const question = list.previousElementSibling;
  const right = details.querySelector("strong").textContent;
  const verdict = element("p", { role: "status", className: "quiz-verdict" });
  for (const item of list.children) {
    const box = element("input", { type: "radio", name: `quiz-${number}` });
    const isRight = item.textContent.trim().startsWith(right);
    item.append(element("label", {}, box, ...item.childNodes));
    box.addEventListener("change", () => {
      item.className = isRight ? "quiz-right" : "quiz-wrong";
      verdict.textContent = isRight ? "✓ Right." : "✗ Not this one.";
      if (isRight) details.open = true;
    });
  }
  const legend = element("legend", {}, ...question.childNodes);
  const box = element("fieldset", { className: "quiz" }, legend);
  question.replaceWith(box);
  box.append(list, verdict, details);
});

// Presentation: a section at a time, large. The button begins with the section in view; arrow and page keys turn.
{
  const chapter = document.querySelector("article.bd-article > section");
  const sections = [...(chapter?.querySelectorAll(":scope > section") ?? [])];
  const page = document.documentElement;
  let shown = -1; // the title, and what stands before the first section

  const show = (wanted) => {
    shown = Math.max(-1, Math.min(sections.length - 1, wanted));
    chapter.classList.toggle("present-title", shown === -1);
    sections.forEach((section, i) => section.classList.toggle("present-now", i === shown));
    place.textContent = `${shown + 2} / ${sections.length + 1}`;
    window.scrollTo(0, 0);
  };
  const begin = () => {
    const inView = sections.findLastIndex((section) => section.getBoundingClientRect().top < 200);
    page.classList.add("presenting");
    show(inView);
  };
  const end = () => {
    page.classList.remove("presenting");
    (sections[shown] ?? chapter).scrollIntoView();
  };
  const keys = {
    ArrowRight: () => show(shown + 1),
    PageDown: () => show(shown + 1),
    ArrowLeft: () => show(shown - 1),
    PageUp: () => show(shown - 1),
    Escape: end,
  };

  const button = (textContent, title, onclick) =>
    element("button", { type: "button", className: "btn btn-sm", textContent, title, onclick });
  const place = element("span", { role: "status" });
  const controls = element(
    "div",
    { id: "present-controls" },
    button("←", "Previous section (arrow key)", keys.ArrowLeft),
    place,
    button("→", "Next section (arrow key)", keys.ArrowRight),
    button("End", "End the presentation (Escape)", end),
  );
  if (sections.length > 1) {
    const title = "One section at a time; arrow keys turn, Escape ends";
    const start = button("Present", title, begin);
    start.classList.add("present-button");
    document.querySelector(".article-header-buttons").prepend(start);
    document.body.append(controls);
    window.addEventListener("keydown", (event) => {
      const isTyping = event.target.closest("input, textarea, [role=dialog]");
      if (!page.classList.contains("presenting") || isTyping || !(event.key in keys)) return;
      event.preventDefault();
      keys[event.key]();
    });
  }
}
