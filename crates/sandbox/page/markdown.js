// Discord's markdown as elements.
import { h, link, spoiler } from "./dom.js";

const INLINE = [
  [/^\\([^\w\s])/, (m) => m[1]],
  [/^(`+)([^`](?:[\s\S]*?[^`])?)\1(?!`)/, (m) => h("code", {}, m[2].trim())],
  [/^\|\|([\s\S]+?)\|\|/, (m, c) => spoiler(inline(m[1], c))],
  [/^\*\*\*([\s\S]+?)\*\*\*(?!\*)/, (m, c) => h("strong", {}, h("em", {}, inline(m[1], c)))],
  [/^\*\*([\s\S]+?)\*\*(?!\*)/, (m, c) => h("strong", {}, inline(m[1], c))],
  [/^__([\s\S]+?)__(?!_)/, (m, c) => h("u", {}, inline(m[1], c))],
  [/^~~([\s\S]+?)~~/, (m, c) => h("s", {}, inline(m[1], c))],
  [/^\*(?!\s)([\s\S]+?)(?<!\s)\*(?!\*)/, (m, c) => h("em", {}, inline(m[1], c))],
  [/^_(?!\s)([\s\S]+?)(?<!\s)_(?![\w])/, (m, c) => h("em", {}, inline(m[1], c))],
  [/^\[([^\]]+)\]\(<?(https?:[^)\s>]+)>?(?:\s+"[^"]*")?\)/, (m, c) => link(m[2], inline(m[1], c))],
  [/^<(https?:[^>\s]+)>/, (m) => link(m[1], m[1])],
  [/^https?:\/\/[^\s<]+[^\s<.,:;"')\]!?]/, (m) => link(m[0], m[0])],
  [/^<@!?(\d+)>/, (m, c) => h("span.mention", {}, `@${c.user?.(m[1]) ?? "unknown"}`)],
  [/^<@&(\d+)>/, () => h("span.mention", {}, "@role")],
  [/^<#(\d+)>/, (m, c) => h("span.mention", {}, `#${c.channel?.(m[1]) ?? "unknown"}`)],
  [/^<\/([^:>]+):\d+>/, (m) => h("span.mention", {}, `/${m[1]}`)],
  [/^<a?:(\w+):\d+>/, (m) => `:${m[1]}:`],
  [/^<t:(-?\d+)(?::([tTdDfFR]))?>/, (m) => h("span.mention", { title: new Date(m[1] * 1000).toLocaleString() }, time(Number(m[1]), m[2]))],
  [/^@(everyone|here)\b/, (m) => h("span.mention", {}, m[0])],
];

function time(seconds, style) {
  const date = new Date(seconds * 1000);
  if (style === "R") {
    const left = Math.round(seconds - Date.now() / 1000);
    const format = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
    for (const [unit, length] of [["day", 86400], ["hour", 3600], ["minute", 60]]) if (Math.abs(left) >= length) return format.format(Math.round(left / length), unit);
    return format.format(left, "second");
  }
  if (style === "t" || style === "T") return date.toLocaleTimeString();
  if (style === "d" || style === "D") return date.toLocaleDateString();
  return date.toLocaleString();
}

export function inline(text, context = {}) {
  const out = [];
  let plain = "";
  let before = "";
  for (let rest = text; rest; ) {
    const word = /\w/.test(before) && rest.startsWith("_");
    const rule = word ? undefined : INLINE.find(([pattern]) => pattern.test(rest));
    if (rule) {
      const match = rule[0].exec(rest);
      out.push(plain, rule[1](match, context));
      plain = "";
      rest = rest.slice(match[0].length);
      before = "";
    } else {
      before = rest[0];
      plain += before;
      rest = rest.slice(1);
    }
  }
  out.push(plain);
  return out;
}

export function markdown(text, context = {}) {
  const out = [];
  const parts = String(text ?? "").split(/(```[\s\S]*?```)/);
  for (const part of parts) {
    const code = /^```(?:([\w+-]+)\n)?\n?([\s\S]*?)\n?```$/.exec(part);
    if (code && part.length >= 6) out.push(h("pre", {}, h("code", {}, code[2])));
    else out.push(...blocks(part, context));
  }
  return out;
}

function blocks(text, context) {
  const out = [];
  const lines = text.replace(/^\n|\n$/g, "").split("\n");
  if (lines.length === 1 && !lines[0]) return out;
  for (let i = 0; i < lines.length; i += 1) {
    const line = lines[i];
    const heading = /^(#{1,3}) +(.+)/.exec(line);
    const item = /^( *)([-*]|\d+\.) +(.+)/.exec(line);
    if (heading) out.push(h(`h${heading[1].length + 1}`, {}, inline(heading[2], context)));
    else if (/^-# /.test(line)) out.push(h("small.sub", {}, inline(line.slice(3), context), "\n"));
    else if (/^>>> /.test(line)) { out.push(h("blockquote", {}, blocks(lines.slice(i).join("\n").slice(4), context))); break; }
    else if (/^> /.test(line)) {
      const quoted = [];
      while (i < lines.length && /^> ?/.test(lines[i])) { quoted.push(lines[i].replace(/^> ?/, "")); i += 1; }
      i -= 1;
      out.push(h("blockquote", {}, blocks(quoted.join("\n"), context)));
    } else if (item) {
      const ordered = /\d/.test(item[2]);
      const list = h(ordered ? "ol" : "ul", ordered ? { start: parseInt(item[2], 10) } : {});
      let found = item;
      while (found) { list.append(h("li", {}, inline(found[3], context))); i += 1; found = /^( *)([-*]|\d+\.) +(.+)/.exec(lines[i] ?? ""); }
      i -= 1;
      out.push(list);
    } else out.push(...inline(line, context), i < lines.length - 1 ? "\n" : "");
  }
  return out;
}
