// What both panes share: pickers, the log, the composer's frame, live changes.
import { ask, avatar, choices, clock, day, dots, h, icon } from "./dom.js";
import { get, post } from "./api.js";

const SHOWN = 300;
const EMOJI = ["👍", "❤", "🔥", "🎉", "😁", "🤔", "👎", "👀"];

export class Pane {
  constructor(network, app) {
    this.network = network;
    this.app = app;
    this.messages = new Map();
    this.typing = new Map();
    this.commands = [];
    /** What came while the chat is being read. */
    this.newer = null;
    this.user = localStorage.getItem(`${network}.user`);
    this.key = localStorage.getItem(`${network}.chat`);
    this.replyTo = null;
    this.files = [];
    this.build();
  }

  id(name) { return `${this.network}-${name}`; }

  build() {
    const t = (name) => this.id(name);
    this.title = h("div.title", {});
    this.state = h("div.state", { "data-testid": t("status"), role: "status" });
    this.face = h("div");
    this.users = h("select", { "data-testid": t("user"), "aria-label": "Act as", onchange: () => this.pickUser(this.users.value) });
    this.chats = h("select", { "data-testid": t("chat"), "aria-label": "Chat", onchange: () => this.pickChat(this.chats.value) });
    this.shield = h("button.shield", { "data-testid": t("moderator"), hidden: true, onclick: () => this.promote() }, icon("shield"));
    this.log = h("div.log", { role: "log", "aria-live": "polite", "aria-label": "Messages", tabindex: "0", "data-testid": t("log") });
    this.typingLine = h("div.typing", { "data-testid": t("typing"), "aria-live": "polite" });
    this.replyBar = h("div.reply-bar", { hidden: true, "data-testid": t("reply-bar") });
    this.fileInput = h("input.sr", { type: "file", multiple: true, "data-testid": t("file"), "aria-label": "Attach files", tabindex: "-1", onchange: () => this.attach([...this.fileInput.files]) });
    this.input = h("textarea", { rows: "1", "data-testid": t("input"), "aria-label": "Message", placeholder: "Message", oninput: () => this.typed(), onkeydown: (event) => this.key_(event) });
    this.popup = h("div.popup", { hidden: true, role: "listbox" });
    this.composer = h("footer.composer");
    this.root = h("section.pane", { id: this.network, "data-testid": t("pane"), "aria-label": this.network },
      h("header.pane-head", {}, this.face, h("div.who", {}, this.title, this.state)),
      h("div.pickers", {},
        h("label", {}, h("span", {}, "You"), this.users),
        h("button", { "data-testid": t("add-user"), title: "Add a user", "aria-label": "Add a user", onclick: () => this.addUser() }, "+"),
        this.shield,
        h("label", {}, h("span", {}, "in"), this.chats),
        h("button", { "data-testid": t("add-chat"), title: "Add a chat", "aria-label": "Add a chat", onclick: () => this.addChat() }, "+")),
      this.log, this.composer);
    this.root.addEventListener("paste", (event) => { if (event.clipboardData?.files.length) this.attach([...event.clipboardData.files]); });
    this.root.addEventListener("dragover", (event) => event.preventDefault());
    this.root.addEventListener("drop", (event) => { event.preventDefault(); this.attach([...event.dataTransfer.files]); });
    this.buildComposer();
  }

  // ---- what exists -------------------------------------------------------------------------------------------

  get info() { return this.app.status.chats.find((chat) => chat.key === this.key); }
  get bots() { return this.app.status[`${this.network}_bots`]; }
  get people() { return this.app.status[`${this.network}_users`]; }
  get bot() { return this.info?.bot ? this.bots.find((bot) => bot.id === this.info.bot) : this.bots[0]; }

  async status() {
    if (!this.people.some((user) => user.id === this.user)) this.user = this.people[0]?.id;
    const chats = this.app.status.chats.filter((chat) => chat.network === this.network && (!chat.user || chat.user === this.user));
    choices(this.users, this.people.map((user) => [user.id, user.name]), this.user);
    chats.sort((a, b) => this.rank(a) - this.rank(b));
    choices(this.chats, chats.map((chat) => [chat.key, this.label(chat)]), this.key);
    const gone = !chats.some((chat) => chat.key === this.key);
    // The chat with the first bot is what a newcomer looks for, so it is opened once there is one.
    const better = !this.chosen && this.network === "telegram" && chats[0]?.key !== this.key && this.info?.kind !== "private";
    if (gone || better) await this.pickChat(chats[0]?.key, false);
    else await this.menu();
    this.head();
  }

  rank(chat) { return chat.user ? (this.network === "telegram" ? 0 : 5) : chat.forum ? 3 : 2; }
  label(chat) { return (chat.kind === "channel" ? "# " : chat.kind === "dm" ? "@ " : "") + chat.title; }

  head() {
    const info = this.info;
    this.title.textContent = info?.title ?? "…";
    this.title.dataset.mark = info?.kind === "channel" ? "#" : "@";
    const bot = this.bot;
    const words = { polling: "polling", webhook: "webhook", connected: "gateway connected", resumable: "may resume", offline: "not connected" };
    const on = bot && ["polling", "webhook", "connected", "endpoint"].includes(bot.connection);
    this.state.replaceChildren(
      h("span.dot", { class: on ? "on" : bot?.connection === "resumable" ? "half" : "" }),
      bot ? `${bot.name} · ${bot.revoked ? "token revoked" : words[bot.connection]}${bot.pending ? ` · ${bot.pending} waiting` : ""}${this.bots.length > 1 && !info?.bot ? ` · ${this.bots.length} bots` : ""}` : "no bot yet — see “Connect a bot”");
    this.state.dataset.connection = bot?.connection ?? "none";
    const moderates = Boolean(info?.moderators.includes(this.user));
    const label = moderates ? "Moderator here: press to make a member" : "Member here: press to make a moderator";
    this.shield.hidden = !info || ["private", "dm"].includes(info.kind);
    this.shield.title = label;
    this.shield.setAttribute("aria-label", label);
    this.shield.setAttribute("aria-pressed", String(moderates));
    this.face.hidden = info?.kind === "channel";
    this.face.replaceChildren(avatar(info?.title ?? "?", Boolean(info?.bot)));
  }

  async promote() {
    const on = this.shield.getAttribute("aria-pressed") !== "true";
    await this.try(post("promote", { chat: this.key, user: this.user, on }));
    await this.app.refresh();
  }

  async pickUser(id) {
    this.user = id;
    localStorage.setItem(`${this.network}.user`, id);
    const mine = this.app.status.chats.find((chat) => this.info?.bot && chat.bot === this.info.bot && chat.user === id && chat.network === this.network);
    if (mine) await this.pickChat(mine.key);
    else if (this.info?.bot) {
      const made = await this.try(post("chats", { network: this.network, kind: this.network === "telegram" ? "private" : "dm", bot: this.info.bot, user: id }));
      await this.app.refresh();
      if (made) await this.pickChat(made.key);
    }
    await this.status();
    this.draw();
  }

  async pickChat(key, chosen = true) {
    this.chosen ||= chosen;
    this.key = key;
    this.reply(null);
    localStorage.setItem(`${this.network}.chat`, key ?? "");
    if (key) this.chats.value = key;
    await this.load();
  }

  async load() {
    const newer = [];
    this.newer = newer;
    if (!this.key) return this.draw();
    const { user } = this;
    const chat = await this.look();
    // Read once more meanwhile, or another chat was opened: only the last answer counts.
    if (this.newer !== newer) return;
    this.newer = null;
    if (!chat) return;
    this.messages = new Map(chat.messages.filter((m) => !m.deleted).map((m) => [m.id, m]));
    this.keyboard = chat.reply_keyboard;
    this.drafts = chat.drafts ?? [];
    if (user === this.user) this.setMenu(chat.menu);
    this.head();
    this.draw();
    // The answer may be older than what came while it was on its way.
    for (const event of newer) this.event(event);
    this.log.scrollTop = this.log.scrollHeight;
  }

  async menu() {
    const { key, user } = this;
    const chat = key && await this.look();
    if (chat && key === this.key && user === this.user) { this.keyboard = chat.reply_keyboard; this.setMenu(chat.menu); }
  }

  look() { return get(`chat?key=${encodeURIComponent(this.key)}&user=${this.user}`).catch(() => null); }

  /** Takes the commands. What was typed before they were known, or before they changed, is looked up anew. */
  setMenu(menu) {
    const same = JSON.stringify(menu ?? []) === JSON.stringify(this.commands);
    this.commands = menu ?? [];
    if (!same) this.offer();
  }

  async addUser() {
    const name = await ask("Add a user", "Name");
    if (!name) return;
    const made = await this.try(post("users", { network: this.network, name }));
    await this.app.refresh();
    if (made) await this.pickUser(made.id);
  }

  // ---- messages ----------------------------------------------------------------------------------------------

  visible() {
    return [...this.messages.values()].filter((m) => !m.only_for || m.only_for.id === this.user).sort((a, b) => (a.id.length - b.id.length) || (a.id < b.id ? -1 : 1)).slice(-SHOWN);
  }

  /** Whether two messages are pictures of one album. */
  together() { return false; }

  /** What stands below the messages without being one. */
  unsent() { return []; }

  near() { return this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 120; }

  draw(fresh) {
    const near = this.near();
    const list = this.visible();
    const out = [];
    let last;
    for (const [index, message] of list.entries()) {
      if (!last || day(last.at_ms) !== day(message.at_ms)) out.push(h("div.day", {}, day(message.at_ms)));
      const next = list[index + 1];
      const el = this.message(message, this.follows(last, message), !this.follows(message, next));
      if (message.id === fresh) el.classList.add("new");
      if (this.together(last, message)) {
        const before = out.pop();
        out.push(before.classList.contains("album") ? before : h("div.album", {}, before));
        out.at(-1).append(el);
      } else out.push(el);
      last = message;
    }
    out.push(...this.unsent());
    this.log.replaceChildren(...(out.length ? out : [this.empty()]));
    if (near) this.log.scrollTop = this.log.scrollHeight;
  }

  follows(before, message) {
    return Boolean(before && message && before.from.id === message.from.id && !message.service && !before.service && message.at_ms - before.at_ms < 420000 && day(before.at_ms) === day(message.at_ms) && !message.used && !message.reply_to);
  }

  upsert(message) {
    const old = this.messages.get(message.id);
    if (message.deleted) {
      const el = this.log.querySelector(`[data-message-id="${message.id}"]`);
      el?.classList.add("fade");
      el?.setAttribute("data-deleted", "true");
      this.messages.delete(message.id);
      setTimeout(() => this.later(), 560);
      return;
    }
    this.messages.set(message.id, message);
    if (this.messages.size > 1000) this.messages.delete(this.messages.keys().next().value);
    this.typing.delete(message.from.name);
    this.drawTyping();
    const el = old && this.log.querySelector(`[data-message-id="${message.id}"]`);
    if (!el) { this.later(message.id); return; }
    const near = this.near();
    const list = this.visible();
    const at = list.findIndex((m) => m.id === message.id);
    const focus = el.contains(document.activeElement) && document.activeElement.dataset.focus;
    const made = this.message(message, this.follows(list[at - 1], message), !this.follows(message, list[at + 1]));
    if (message.edits > old.edits) made.classList.add("flash");
    el.replaceWith(made);
    if (focus) made.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus();
    if (near) this.log.scrollTop = this.log.scrollHeight;
  }

  later(fresh) {
    if (fresh) this.fresh = fresh;
    this.frame ??= requestAnimationFrame(() => { this.frame = undefined; this.draw(this.fresh); this.fresh = undefined; });
  }

  shell(message, spec, ...children) {
    return h(spec, { "data-testid": this.id("message"), "data-message-id": message.id, "data-from-bot": String(message.from.bot), "data-edits": String(message.edits), tabindex: "-1" }, ...children);
  }

  actions(message) {
    const act = (name, drawing, label, onclick) => h("button", { "data-testid": name, title: label, "aria-label": label, onclick }, icon(drawing));
    const own = message.from.id === this.user;
    return h("div.acts", {},
      act("reply", "reply", "Reply", () => this.reply(message)),
      act("react", "smile", "React", (event) => this.chooseReaction(event.currentTarget, message)),
      own && act("edit", "edit", "Edit", () => this.edit(message)),
      act("delete", "bin", "Delete", () => this.try(post("delete", this.on(message)))),
      act("inspect", "code", "Requests behind this message", () => this.app.inspect(message)));
  }

  on(message, more = {}) { return { chat: this.key, user: this.user, message: message.id, ...more }; }

  chooseReaction(button, message) {
    const box = h("div.popup", { role: "listbox", style: "position:fixed;left:auto;right:auto;bottom:auto;display:flex;padding:6px;gap:2px" },
      EMOJI.map((emoji) => h("button", { role: "option", style: "padding:4px 7px;font-size:19px;width:auto", "data-testid": "reaction", onclick: () => { box.remove(); this.toggleReaction(message, emoji); } }, emoji)));
    this.root.append(box);
    const place = button.getBoundingClientRect();
    box.style.top = `${Math.max(8, place.top - 52)}px`;
    box.style.left = `${Math.max(8, Math.min(place.left - 120, innerWidth - box.offsetWidth - 8))}px`;
    box.firstChild.focus();
    box.onkeydown = (event) => { if (event.key === "Escape") { box.remove(); button.focus(); } const step = { ArrowRight: "nextSibling", ArrowLeft: "previousSibling" }[event.key]; if (step) document.activeElement[step]?.focus(); };
    setTimeout(() => document.addEventListener("click", () => box.remove(), { once: true }));
  }

  toggleReaction(message, emoji) {
    const mine = this.messages.get(message.id)?.reactions.find((r) => r.emoji === emoji)?.by.includes(this.myName());
    return this.try(post("react", this.on(message, { emoji, on: !mine })));
  }

  myName() { return this.people.find((user) => user.id === this.user)?.name; }

  reactions(message) {
    if (!message.reactions.length) return null;
    return h("div.reacts", {}, message.reactions.map((r) => h("button", { class: r.by.includes(this.myName()) ? "mine" : "", title: r.by.join(", "), "data-testid": this.id("reaction"), "aria-label": `${r.emoji} ${r.by.length}`, onclick: () => this.toggleReaction(message, r.emoji) }, `${r.emoji} ${r.by.length}`)));
  }

  async edit(message) {
    const text = await ask("Edit the message", "Text", message.text);
    if (text) this.try(post("edit", this.on(message, { text })));
  }

  // ---- events ------------------------------------------------------------------------------------------------

  event(event) {
    if (event.chat !== this.key) return;
    if (["message", "draft"].includes(event.kind)) this.newer?.push(event);
    if (event.kind === "message" && event.data) this.upsert(event.data);
    if (event.kind === "message" && event.data?.from.bot && this.network === "telegram") this.menu();
    if (event.kind === "typing" && event.data.who !== this.myName()) {
      this.typing.set(event.data.who, event.data.action);
      clearTimeout(this.typingTimer);
      this.typingTimer = setTimeout(() => { this.typing.clear(); this.drawTyping(); }, event.data.ms);
      this.drawTyping();
    }
  }

  drawTyping() {
    const words = { typing: "is typing", upload_photo: "is sending a photo", upload_document: "is sending a file" };
    const who = [...this.typing];
    this.typingLine.replaceChildren(...(who.length ? [dots(), who.map(([name, action]) => `${name} ${words[action] ?? action.replaceAll("_", " ")}`).join(", ")] : []));
  }

  // ---- composer ----------------------------------------------------------------------------------------------

  attach(files) {
    this.files.push(...files);
    this.fileInput.value = "";
    this.bar();
    this.input.focus();
  }

  reply(message) {
    this.replyTo = message;
    this.bar();
    if (message) this.input.focus();
  }

  bar() {
    const parts = [];
    if (this.replyTo) parts.push(`↩ ${this.replyTo.from.name}: ${this.replyTo.text || "message"}`);
    if (this.files.length) parts.push(`Files: ${this.files.map((file) => file.name).join(", ")}`);
    this.replyBar.hidden = !parts.length;
    this.replyBar.replaceChildren(h("span", {}, parts.join("   ")), h("button.close", { "aria-label": "Discard", onclick: () => { this.files = []; this.reply(null); } }, "×"));
  }

  typed() { this.offer(); }

  key_(event) {
    if (!this.popup.hidden && this.walk?.(event)) return;
    if (event.key === "Escape") { this.popup.hidden = true; if (this.replyTo || this.files.length) { this.files = []; this.reply(null); } }
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); this.submit(); }
    if (event.key === "ArrowUp" && !this.input.value) {
      const last = this.visible().filter((m) => m.from.id === this.user).pop();
      if (last) { event.preventDefault(); this.edit(last); }
    }
  }

  async submit() {
    const text = this.input.value.trim();
    if (!text && !this.files.length) return;
    if (!this.key) return this.toast("There is no chat yet. Connect a bot first.", true);
    const files = this.files.map((file, index) => [`files[${index}]`, file]);
    const body = { chat: this.key, user: this.user, text, reply_to: this.replyTo?.id, thread: this.thread?.() };
    this.log.scrollTop = this.log.scrollHeight;
    // The composer is free at once: what is written while this is on its way belongs to the next message.
    const written = { value: this.input.value, files: this.files, replyTo: this.replyTo };
    this.input.value = "";
    this.files = [];
    this.reply(null);
    this.popup.hidden = true;
    if (await this.try(post("send", body, files))) return;
    this.input.value = [written.value, this.input.value].filter(Boolean).join("\n");
    this.files.unshift(...written.files);
    this.replyTo ??= written.replyTo;
    this.bar();
  }

  async try(promise) {
    try { return await promise; } catch (error) { this.toast(error.message, true); return undefined; }
  }

  toast(text, bad) {
    this.root.querySelector(".toast")?.remove();
    const toast = h("div.toast", { role: bad ? "alert" : "status", class: bad ? "bad" : "", "data-testid": this.id("toast") }, text);
    this.root.append(toast);
    setTimeout(() => toast.remove(), 4200);
  }

  stamp(message) { return clock(message.at_ms); }
}
