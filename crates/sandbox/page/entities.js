// Telegram's entities over a text, as elements. Offsets count UTF-16 units, as JavaScript strings do.
import { h, link, spoiler } from "./dom.js";

export function formatted(text, entities, oncommand) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return build(text, 0, text.length, sorted, oncommand);
}

function build(text, from, to, entities, oncommand) {
  const out = [];
  let at = from;
  for (let i = 0; i < entities.length; i += 1) {
    const entity = entities[i];
    if (entity.offset < at) continue;
    const end = Math.min(entity.offset + entity.length, to);
    const inner = entities.slice(i + 1).filter((other) => other.offset >= entity.offset && other.offset + other.length <= end);
    const block = /^(pre|blockquote|expandable_blockquote)$/.test(entity.type);
    out.push(block ? text.slice(at, entity.offset).replace(/\n$/, "") : text.slice(at, entity.offset), wrap(entity, text.slice(entity.offset, end), build(text, entity.offset, end, inner, oncommand), oncommand));
    at = end;
    // A block ends its line by itself.
    if (/^(pre|blockquote|expandable_blockquote)$/.test(entity.type) && text[at] === "\n") at += 1;
  }
  out.push(text.slice(at, to));
  return out;
}

function wrap(entity, plain, children, oncommand) {
  switch (entity.type) {
    case "bold": return h("strong", {}, children);
    case "italic": return h("em", {}, children);
    case "underline": return h("u", {}, children);
    case "strikethrough": return h("s", {}, children);
    case "code": return h("code", {}, children);
    case "pre": return h("pre", {}, entity.language && h("b", {}, entity.language), h("code", {}, children));
    case "blockquote": case "expandable_blockquote": return h("blockquote", {}, children);
    case "spoiler": return spoiler(children);
    case "text_link": return link(entity.url, children);
    case "url": return link(/^[a-z]+:/i.test(plain) ? plain : `https://${plain}`, children);
    case "email": return link(`mailto:${plain}`, children);
    case "bot_command": return h("a", { href: "#", onclick: (event) => { event.preventDefault(); oncommand(plain); } }, children);
    case "mention": case "text_mention": case "hashtag": case "cashtag": case "phone_number": return h("a", {}, children);
    default: return h("span", {}, children);
  }
}
