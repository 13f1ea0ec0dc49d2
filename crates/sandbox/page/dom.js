// Small helpers around the DOM. Text always goes in as text: nothing a bot sends is ever parsed as HTML.

/** Makes an element: h("button.main", { onclick, "data-testid": "x" }, "text", child, …). */
export function h(spec, props = {}, ...children) {
  const [tag, ...classes] = spec.split(".");
  const el = document.createElement(tag || "div");
  if (classes.length) el.className = classes.join(" ");
  for (const [key, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) el.addEventListener(key.slice(2), value);
    else if (key === "class") el.className += ` ${value}`;
    else if (key === "style") el.style.cssText = value;
    else if (["value", "checked", "disabled", "hidden", "selected", "multiple"].includes(key)) el[key] = value;
    else el.setAttribute(key, value === true ? "" : value);
  }
  el.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return el;
}

/** Only addresses that a browser may follow safely. */
export const safeUrl = (url) => (/^(https?:|tg:|mailto:|tel:|\/)/i.test(url ?? "") ? url : undefined);

export const link = (url, ...children) =>
  h("a", { href: safeUrl(url), target: "_blank", rel: "noreferrer noopener" }, ...children);

const COLOURS = ["#e17076", "#eda86c", "#a695e7", "#7bc862", "#6ec9cb", "#65aadd", "#ee7aae", "#d3a23c"];
export function colour(name) {
  let hash = 7;
  for (const c of String(name)) hash = (hash * 31 + c.codePointAt(0)) >>> 0;
  return COLOURS[hash % COLOURS.length];
}

export function avatar(name, bot) {
  const letters = [...String(name || "?").trim()].slice(0, 1).join("");
  const base = bot ? "#5865f2" : colour(name);
  return h("div.avatar", { "aria-hidden": "true", style: `background:linear-gradient(160deg, ${base}, color-mix(in srgb, ${base} 72%, #000))` }, bot ? "🤖" : letters);
}

export const dots = () => h("span.dots", { "aria-hidden": "true" }, h("i"), h("i"), h("i"));
export const clock = (ms) => new Date(ms).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
export const day = (ms) => new Date(ms).toLocaleDateString([], { day: "numeric", month: "long", year: "numeric" });
export const size = (n) => (n < 1024 ? `${n} B` : n < 1048576 ? `${(n / 1024).toFixed(1)} KB` : `${(n / 1048576).toFixed(1)} MB`);

export function spoiler(...children) {
  const el = h("span.spoiler", { tabindex: "0", role: "button", "aria-label": "Spoiler: press to reveal" }, ...children);
  const open = (event) => { if (!el.classList.contains("open")) { el.classList.add("open"); el.removeAttribute("aria-label"); event.preventDefault(); } };
  el.addEventListener("click", open);
  el.addEventListener("keydown", (event) => { if (event.key === "Enter" || event.key === " ") open(event); });
  return el;
}

export function picture(file) {
  const image = h("img.shot", { src: file.url, alt: file.name, loading: "lazy" });
  return file.spoiler ? spoiler(image) : link(file.url, image);
}

/** Lets arrow keys walk over a list of options. Returns what a keydown handler should call. */
export function walker(list, pick) {
  let at = 0;
  const options = () => [...list.querySelectorAll('[role="option"]')];
  const show = () => options().forEach((option, index) => {
    option.setAttribute("aria-selected", String(index === at));
    if (index === at) option.scrollIntoView({ block: "nearest" });
  });
  show();
  return (event) => {
    const all = options();
    if (!all.length) return false;
    if (event.key === "ArrowDown") at = (at + 1) % all.length;
    else if (event.key === "ArrowUp") at = (at + all.length - 1) % all.length;
    else if ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab") { event.preventDefault(); pick(all[at]); return true; }
    else return false;
    event.preventDefault();
    show();
    return true;
  };
}

/** Asks for a line of text. Resolves to undefined when it is cancelled. */
export function ask(title, label, value = "") {
  const dialog = document.getElementById("dialog");
  return new Promise((resolve) => {
    const input = h("input", { value, "aria-label": label, "data-testid": "prompt-input" });
    const form = h("form", { method: "dialog", onsubmit: () => { done = input.value.trim() || undefined; } },
      h("h2", {}, title), h("label", {}, label), input,
      h("div.row", {}, h("button.btn", { type: "button", onclick: () => dialog.close() }, "Cancel"), h("button.btn.main", { "data-testid": "prompt-submit" }, "OK")));
    let done;
    dialog.setAttribute("data-testid", "prompt");
    dialog.replaceChildren(form);
    dialog.onclose = () => resolve(done);
    dialog.showModal();
    input.select();
  });
}
