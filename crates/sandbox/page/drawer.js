// The drawer at the side: the requests behind a message, the fault switch, how to connect a bot.
import { clock, h, link } from "./dom.js";
import { get, post, remove } from "./api.js";

const KEPT = 400;

/** JSON with a little colour. */
export function json(value) {
  const text = JSON.stringify(value, null, 2) ?? "";
  const pre = h("pre.json", { tabindex: "0" });
  let at = 0;
  for (const match of text.matchAll(/("(?:\\.|[^"\\])*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi)) {
    pre.append(text.slice(at, match.index), h(`span.${match[2] ? "k" : match[1] ? "s" : "n"}`, {}, match[0]));
    at = match.index + match[0].length;
  }
  pre.append(text.slice(at));
  return pre;
}

const FAULTS = [
  ["rate_limit", "429 Too Many Requests", "every call must wait 3 seconds", { retry_after: 3 }],
  ["server_error", "502 with a page", "as when a proxy has nothing behind it", { status: 502, html: true }],
  ["latency", "Slow: 2 seconds", "every call takes longer", { ms: 2000 }],
  ["cut_before_body", "Cut before the call", "the connection is reset, nothing happens"],
  ["cut_after_processing", "Cut after the call", "it happens, but the answer never comes"],
  ["cut_mid_response", "Cut in the answer", "half of the answer arrives"],
  ["token_revoked", "Token revoked", "401 for everything"],
];
const ONE = {
  telegram: [["second_poller", "A second poller", "getUpdates answers 409"], ["duplicate_updates", "Duplicate updates", "each one comes twice"]],
  discord: [["gateway_no_ack", "No heartbeat ACK", "a zombie connection"], ["gateway_mute", "Mute gateway", "no events arrive"], ["gateway_refuse", "Refuse the gateway", "connections are reset"], ["gateway_no_handshake", "No handshake", "the WebSocket never opens"], ["gateway_no_hello", "No HELLO", "it opens and says nothing"], ["gateway_refuse_resume", "Refuse RESUME", "op 9 false"], ["duplicate_updates", "Duplicate events", "messages and interactions come twice"]],
};
const ACTIONS = [["Op 7 reconnect", { do: "reconnect" }], ["Op 9 resumable", { do: "invalid_session", resumable: true }], ["Op 9 lost", { do: "invalid_session", resumable: false }], ["Close 4000", { do: "close", code: 4000 }], ["Close, no code", { do: "close" }], ["TCP reset", { do: "reset" }]];

export class Drawer {
  constructor(app) {
    this.app = app;
    this.root = document.getElementById("drawer");
    this.list = [];
    this.opened = null;
    document.addEventListener("keydown", (event) => { if (event.key === "Escape" && !this.root.hidden && !document.getElementById("dialog").open) this.close(); });
  }

  toggle(what, button) {
    if (this.opened === what) return this.close();
    this.button = button;
    this.open(what);
  }

  async open(what) {
    this.opened = what;
    this.root.hidden = false;
    document.body.classList.add("drawer");
    for (const name of ["connect", "requests", "faults"]) document.querySelector(`[data-testid="${name}-toggle"]`).setAttribute("aria-expanded", String(name === what));
    if (what === "requests") { this.list = await get("requests?limit=200"); this.requests(); }
    if (what === "faults") this.faults();
    if (what === "connect") this.connect();
  }

  close() {
    this.opened = null;
    this.root.hidden = true;
    document.body.classList.remove("drawer");
    document.querySelectorAll(".tools [aria-expanded]").forEach((el) => el.setAttribute("aria-expanded", "false"));
    this.button?.focus();
  }

  frame(title, testid, ...children) {
    this.root.setAttribute("data-testid", testid);
    this.root.replaceChildren(h("header", {}, h("h2", {}, title), h("button.close", { "aria-label": "Close", "data-testid": `${testid.replace("-panel", "")}-close`, onclick: () => this.close() }, "×")), h("div.body", {}, ...children));
  }

  line(entry) {
    const bad = entry.status === 0 || entry.status >= 400;
    return h("button", { "data-testid": "inspector-item", "data-call": String(entry.id), onclick: () => this.detail(entry.id) },
      h("i.sq", { class: entry.network }), h("span.name", {}, entry.method), h("small", {}, `${entry.took_ms} ms`),
      h("span.pill", { class: bad ? "bad" : entry.warnings || entry.fault ? "warn" : "" }, entry.status || "cut"));
  }

  requests() {
    this.calls = h("div.calls", {}, this.list.map((entry) => this.line(entry)));
    this.frame("Requests", "inspector", h("p", {}, "Every API call of every bot, newest first."), this.calls);
  }

  request(entry) {
    if (this.opened !== "requests" || !this.calls?.isConnected) return;
    this.calls.prepend(this.line(entry));
    while (this.calls.children.length > KEPT) this.calls.lastChild.remove();
  }

  async detail(id) {
    const entry = await get(`requests/${id}`).catch(() => null);
    if (!entry) return this.app.alert("This call has left the log.");
    this.opened = "detail";
    this.frame(entry.method, "inspector", ...this.entry(entry), h("div.row", {}, h("button.btn", { onclick: () => this.open("requests") }, "All requests")));
  }

  entry(entry) {
    const bad = entry.status === 0 || entry.status >= 400;
    return [h("div", { "data-testid": "inspector-detail" },
      h("div.row", {}, h("span.pill", { class: bad ? "bad" : "" }, entry.status || "connection cut"), h("span.pill.warn", { hidden: !entry.fault }, entry.fault ?? ""), h("small", {}, `${entry.verb} ${entry.path} · ${clock(entry.at_ms)} · ${entry.took_ms} ms`)),
      entry.warnings.map((warning) => h("p", {}, `⚠ ${warning}`)),
      h("h3", {}, "Request"), json(entry.request), entry.files.length > 0 && h("p", {}, `Files: ${entry.files.join(", ")}`),
      h("h3", {}, "Response"), json(entry.response))];
  }

  async message(message) {
    this.opened = "detail";
    this.root.hidden = false;
    document.body.classList.add("drawer");
    const entries = (await Promise.all(message.calls.map((id) => get(`requests/${id}`).catch(() => null)))).filter(Boolean);
    this.frame(message.from.bot ? "Calls behind this message" : "Message", "inspector",
      entries.length ? entries.map((entry) => [h("h3.call", {}, entry.method), ...this.entry(entry)]) : h("p", {}, message.from.bot ? "The calls have left the log." : "A user wrote it: no bot called for it."),
      h("h3", {}, "The message as the network has it"), json(message.raw));
    this.root.querySelector(".close").focus();
  }

  faults() {
    const on = this.app.status.faults;
    const item = (network) => ([fault, title, note, more]) => {
      const active = on.find((f) => f.fault === fault && f.network === network);
      return h("button.switch", { role: "switch", "aria-checked": String(Boolean(active)), "data-testid": `fault-${network}-${fault}`, onclick: async () => {
        if (active) await remove(`faults/${active.id}`); else await post("faults", { network, fault, ...more });
        await this.app.refresh();
        this.faults();
      } }, h("span", {}, title, h("small", {}, active ? `${note} · happened ${active.hits}×` : note)), h("i"));
    };
    const once = h("div.row", {}, ACTIONS.map(([title, body]) => h("button.btn", { "data-testid": `gateway-${body.do}`, onclick: async () => { const r = await post("gateway", body); if (!r.reached) this.app.alert("No bot is connected to the gateway."); } }, title)));
    const at = this.root.querySelector(".body")?.scrollTop ?? 0;
    this.frame("Faults", "faults-panel",
      h("p", {}, "What goes wrong on real networks, at a switch. A bot should survive all of it."),
      h("div.row", {}, h("button.btn", { "data-testid": "faults-clear", onclick: async () => { await remove("faults"); await this.app.refresh(); this.faults(); } }, "Switch all off")),
      h("h3", {}, "Telegram"), [...FAULTS, ...ONE.telegram].map(item("telegram")),
      h("h3", {}, "Discord"), [...FAULTS, ...ONE.discord].map(item("discord")),
      h("h3", {}, "Once, to the gateway"), once);
    this.root.querySelector(".body").scrollTop = at;
  }

  async connect() {
    const make = async (network, name) => (await post("bots", { network, name })).token;
    const [telegram, discord] = await Promise.all([make("telegram", "Demo Bot"), make("discord", "Demo Bot")]);
    const { urls } = this.app.status;
    const text = `TELEGRAM_TOKEN=${telegram}\nTELEGRAM_API_URL=${urls.telegram}\nDISCORD_TOKEN=${discord}\nDISCORD_API_URL=${urls.discord}`;
    this.frame("Connect a bot", "connect-panel",
      h("p", {}, "Any token of the right shape makes a bot of its own. These two belong to “Demo Bot”:"),
      h("pre.json", { "data-testid": "connect-env" }, text),
      h("div.row", {}, h("button.btn.main", { onclick: (event) => { navigator.clipboard?.writeText(text); event.currentTarget.textContent = "Copied"; } }, "Copy")),
      h("h3", {}, "In other languages"),
      h("pre.json", {}, `# python-telegram-bot\nApplication.builder().token(TOKEN)\n  .base_url("${urls.telegram}/bot")\n\n// discord.js\nnew Client({ intents,\n  rest: { api: "${urls.discord}/api" } })\n\n# discord.py\ndiscord.http.Route.BASE = "${urls.discord}/api/v10"`),
      h("p", {}, "Things to fetch without the Internet: ", link(urls.site, urls.site)),
      h("p", {}, "Nothing leaves this machine."));
  }
}
