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

const ICONS = {
  bot: "M12 2a2 2 0 0 1 1 3.730V7h4a3 3 0 0 1 3 3v8a3 3 0 0 1-3 3H7a3 3 0 0 1-3-3v-8a3 3 0 0 1 3-3h4V5.730A2 2 0 0 1 12 2zM9 11.500a1.500 1.500 0 1 0 0 3 1.500 1.500 0 0 0 0-3zm6 0a1.500 1.500 0 1 0 0 3 1.500 1.500 0 0 0 0-3zM9 17v1.500h6V17H9z",
  clip: "M16.500 6v11.500a4.500 4.500 0 0 1-9 0V5a3 3 0 0 1 6 0v10.500a1.500 1.500 0 0 1-3 0V6H9v9.500a3 3 0 0 0 6 0V5a4.500 4.500 0 0 0-9 0v12.500a6 6 0 0 0 12 0V6h-1.500z",
  plus: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm1 5v4h4v2h-4v4h-2v-4H7v-2h4V7h2z",
  send: "M3 20.500 22 12 3 3.500 3 10l12 2-12 2z",
  reply: "M10 9V5l-7 7 7 7v-4.100c5 0 8.500 1.600 11 5.100-1-5-4-10-11-11z",
  smile: "M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm0 18a8 8 0 1 1 0-16 8 8 0 0 1 0 16zM8.500 11a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3zm7 0a1.500 1.500 0 1 0 0-3 1.500 1.500 0 0 0 0 3zM12 17.500c2.300 0 4.300-1.500 5.100-3.500H6.900c.8 2 2.800 3.500 5.100 3.500z",
  edit: "M3 17.250V21h3.750L17.810 9.940l-3.750-3.750L3 17.250zM20.710 7.040a1 1 0 0 0 0-1.410l-2.340-2.340a1 1 0 0 0-1.410 0l-1.830 1.830 3.750 3.750 1.830-1.830z",
  bin: "M6 19a2 2 0 0 0 2 2h8a2 2 0 0 0 2-2V7H6v12zM19 4h-3.500l-1-1h-5l-1 1H5v2h14V4z",
  code: "M9.400 16.600 4.800 12l4.600-4.600L8 6l-6 6 6 6 1.400-1.400zm5.200 0 4.600-4.600-4.600-4.600L16 6l6 6-6 6-1.400-1.400z",
  shield: "M12 2 4 5v6c0 5 3.400 9.600 8 11 4.600-1.400 8-6 8-11V5l-8-3z",
  file: "M14 2H6a2 2 0 0 0-2 2v16a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2V8l-6-6zm-1 7V3.500L18.500 9H13z",
};

/** A drawn icon: emoji look different on every machine. */
export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
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
  return h("div.avatar", { "aria-hidden": "true", style: `background:linear-gradient(160deg, ${base}, color-mix(in srgb, ${base} 72%, #000))` }, bot ? icon("bot") : letters);
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

/** Fills a select: pairs of value and text. While they are the same, so are its elements: a list that is open stays open. */
export function choices(select, pairs, chosen) {
  const list = JSON.stringify(pairs);
  if (select.list !== list) {
    select.list = list;
    select.replaceChildren(...pairs.map(([value, text]) => h("option", { value }, text)));
  }
  if (pairs.some(([value]) => value === chosen)) select.value = chosen;
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
