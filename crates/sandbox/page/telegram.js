// The Telegram pane.
import { ask, choices, colour, dots, h, icon, link, picture, size, walker } from "./dom.js";
import { get, post } from "./api.js";
import { formatted } from "./entities.js";
import { Pane } from "./pane.js";

export class Telegram extends Pane {
  constructor(app) { super("telegram", app); }

  buildComposer() {
    this.menuButton = h("button.menu", { type: "button", "data-testid": "telegram-menu", "aria-haspopup": "listbox", onclick: () => this.toggleMenu() }, "☰ Menu");
    this.topic = h("select", { "aria-label": "Topic", hidden: true, onchange: () => this.draw() });
    this.replyKeys = h("div.replykeys", { hidden: true });
    this.composer.append(this.typingLine, this.popup, this.replyBar,
      h("form", { onsubmit: (event) => { event.preventDefault(); this.submit(); } },
        this.menuButton, this.topic, this.input, this.fileInput,
        h("button.round.clip", { type: "button", title: "Attach", "aria-label": "Attach files", onclick: () => this.fileInput.click() }, icon("clip")),
        h("button.round.send", { "data-testid": "telegram-send", "aria-label": "Send" }, icon("send"))),
      this.replyKeys);
  }

  thread() { return this.topic.hidden || !this.topic.value ? undefined : this.topic.value; }

  setMenu(menu) {
    super.setMenu(menu);
    this.menuButton.hidden = !this.commands.length;
    const topics = this.info?.topics ?? [];
    const was = this.topic.value;
    this.topic.hidden = !topics.length;
    choices(this.topic, [["", "General"], ...topics.map(([id, name]) => [String(id), name])], was);
    const rows = this.keyboard?.keyboard ?? [];
    const drawn = JSON.stringify(rows);
    // A key that is being pressed must stay the same element.
    if (this.drawnKeys === drawn) return;
    this.drawnKeys = drawn;
    this.replyKeys.hidden = !rows.length;
    this.replyKeys.replaceChildren(...rows.map((row) => h("div", {}, row.map((key) => {
      const text = key.text ?? key;
      return h("button", { "data-testid": "telegram-key", onclick: () => { this.input.value = text; this.submit(); } }, text);
    }))));
  }

  visible() {
    const thread = this.info?.forum ? Number(this.topic.value) || null : undefined;
    return super.visible().filter((m) => thread === undefined || (m.thread ?? null) === thread || m.id === String(thread));
  }

  toggleMenu() {
    this.whole = this.popup.hidden;
    if (this.whole) this.show(this.commands); else this.popup.hidden = true;
    this.input.focus();
  }

  typed() {
    this.whole = false;
    super.typed();
  }

  offer() {
    // The whole menu stays open until somebody types.
    if (this.whole && !this.popup.hidden) return this.show(this.commands);
    const typed = /^\/(\w*)$/.exec(this.input.value);
    const found = typed ? this.commands.filter((c) => c.command.startsWith(typed[1].toLowerCase())) : [];
    // The whole name comes first: Enter must send what was typed.
    found.sort((a, b) => Number(b.command === typed[1]) - Number(a.command === typed[1]));
    if (found.length) this.show(found); else this.popup.hidden = true;
  }

  show(commands) {
    this.popup.replaceChildren(...commands.map((c) => {
      const text = `/${c.command}${c.addressed ? `@${c.bot}` : ""}`;
      return h("button", { type: "button", role: "option", tabindex: "-1", "data-testid": "telegram-menu-item", "data-command": text, onclick: () => this.choose(text) }, h("b", {}, `/${c.command}`), h("span", {}, c.description));
    }));
    this.popup.hidden = false;
    this.walk = walker(this.popup, (option) => this.choose(option.dataset.command, true));
  }

  /** A click sends the command, as in the app; Tab or Enter in the list only completes it when it was being typed. */
  choose(command) {
    this.popup.hidden = true;
    this.input.value = command;
    this.submit();
  }

  async addChat() {
    const title = await ask("Add a group", "Title (end it with “forum” for one with topics)");
    if (!title) return;
    const made = await this.try(post("chats", { network: "telegram", kind: /forum$/i.test(title) ? "forum" : "supergroup", title }));
    await this.app.refresh();
    if (made) await this.pickChat(made.key);
  }

  empty() {
    return h("div.empty", {}, this.bots.length ? h("div", {}, "No messages here yet…", h("br"), "Say hello, or type ", h("code", {}, "/"), " for the menu.")
      : h("div", {}, h("b", {}, "No bot has called yet."), h("br"), "Point one at ", h("code", {}, `${location.origin}/telegram`), " or press “Connect a bot”."));
  }

  message(m, same, last) {
    if (m.service) return this.shell(m, "div.service", this.service(m));
    const out = m.from.id === this.user;
    const group = this.info?.kind !== "private";
    const quoted = m.reply_to && this.messages.get(String(m.reply_to));
    const bubble = h("div.bubble", {},
      group && !out && !same && h("div.name", { style: `color:${colour(m.from.name)}` }, m.from.name),
      m.raw.forward_origin && h("div.name", {}, `Forwarded from ${m.raw.forward_origin.sender_user?.first_name ?? "somebody"}`),
      quoted && h("button.quote", { onclick: () => this.log.querySelector(`[data-message-id="${quoted.id}"]`)?.scrollIntoView({ block: "center" }) }, h("b", {}, quoted.from.name), h("span", {}, quoted.text || "message")),
      m.files.map((file) => this.file(file)),
      m.poll && this.poll(m),
      m.text && h("span.text", {}, formatted(m.text, m.entities, (command) => { this.input.value = command; this.submit(); })),
      h("span.meta", { title: new Date(m.at_ms).toLocaleString() }, m.edits ? "edited " : "", this.stamp(m), out ? " ✓✓" : ""),
      this.reactions(m));
    return this.shell(m, `div.msg${out ? ".out" : ""}${same ? ".same" : ""}${last ? ".last" : ""}${m.buttons.length ? ".keyed" : ""}`, bubble, this.keys(m), this.actions(m));
  }

  together(before, m) {
    const picture = (one) => ["photo", "video"].includes(one?.files[0]?.kind);
    return Boolean(m.raw.media_group_id) && m.raw.media_group_id === before?.raw.media_group_id && picture(before) && picture(m);
  }

  service(m) {
    const raw = m.raw;
    if (raw.new_chat_members) return `${raw.new_chat_members.map((u) => u.first_name).join(", ")} joined the group`;
    if (raw.left_chat_member) return `${raw.left_chat_member.first_name} left the group`;
    if (raw.forum_topic_created) return `Topic “${raw.forum_topic_created.name}” was created`;
    return "The group was upgraded to a supergroup";
  }

  file(file) {
    if (file.kind === "photo" || (file.mime.startsWith("image/") && file.kind === "animation")) return picture(file);
    if (file.mime.startsWith("audio/")) return h("audio", { controls: true, src: file.url });
    return h("a.file", { href: file.url, download: file.name }, h("span.disc", {}, "↓"), h("span", {}, file.name, h("small", {}, size(file.size))));
  }

  poll(m) {
    const total = m.poll.total_voter_count || 0;
    return h("div.poll", {}, h("h4", {}, m.poll.question), h("small", {}, m.poll.is_closed ? "Final results" : m.poll.is_anonymous ? "Anonymous poll" : "Public poll"),
      m.poll.options.map((option, index) => h("button", { "data-testid": "telegram-vote", disabled: m.poll.is_closed, onclick: () => this.try(post("vote", this.on(m, { options: [index] }))) },
        `${total ? `${Math.round((option.voter_count * 100) / total)}%  ` : "○  "}${option.text}`, h("progress", { max: String(total || 1), value: option.voter_count }))),
      h("small", {}, `${total} ${total === 1 ? "vote" : "votes"}`));
  }

  keys(m) {
    if (!m.buttons.length) return null;
    return h("div.keys", {}, m.buttons.map((row) => h("div", {}, row.map((b) => b.url
      ? link(b.url, b.text)
      : h("button", { "data-testid": "telegram-button", "data-focus": b.data ?? b.text, class: typeof b.style === "string" ? b.style : "", disabled: b.disabled, onclick: (event) => this.press(m, b, event.currentTarget) }, b.text)))));
  }

  async press(m, b, button) {
    button.classList.add("busy");
    const pressed = await this.try(post("press", this.on(m, { button: b.data ?? b.text })));
    if (!pressed) { button.classList.remove("busy"); return; }
    this.waiting ??= new Map();
    this.waiting.set(pressed.query, button);
    setTimeout(() => button.classList.remove("busy"), 15000);
    // The answer may have come before this call returned.
    const early = await get(`answer/${pressed.query}`).catch(() => null);
    if (early?.answer) this.answered(pressed.query, early.answer);
  }

  answered(query, answer) {
    if (!this.waiting?.has(query)) return;
    this.waiting.get(query).classList.remove("busy");
    this.waiting.delete(query);
    if (answer.text) { if (answer.show_alert) this.app.alert(answer.text); else this.toast(answer.text); }
  }

  // ---- drafts ------------------------------------------------------------------------------------------------

  unsent() { return (this.drafts ?? []).map((draft) => this.draft(draft)); }

  /** A message that the bot is still writing. A screen reader hears the message itself, not every word on the way. */
  draft(d) {
    return h("div.msg.draft", { "data-testid": "telegram-draft", "data-draft-id": d.id, "aria-live": "off" },
      h("div.bubble", {},
        d.text ? h("span.text", {}, formatted(d.text, d.entities, () => {})) : h("span.thinking", {}, "Thinking…"),
        h("span.meta", {}, d.stopped ? "stopped" : [dots(), " writing"])),
      d.can_stop && h("div.keys", {}, h("div", {}, h("button", { "data-testid": "telegram-draft-stop", onclick: () => this.try(post("stop", { chat: this.key, user: this.user })) }, "■ Stop"))));
  }

  drawDrafts() {
    // Between an empty chat and a first draft more than the draft changes.
    if (!this.messages.size) return this.draw();
    const near = this.near();
    const [old] = this.log.querySelectorAll(".draft");
    const [fresh] = this.unsent();
    const button = ".keys button";
    // The Stop button stays the same element while the text grows, or nobody could press it.
    if (old && fresh && Boolean(old.querySelector(button)) === Boolean(fresh.querySelector(button))) {
      old.dataset.draftId = fresh.dataset.draftId;
      old.querySelector(".bubble").replaceWith(fresh.querySelector(".bubble"));
    } else {
      old?.remove();
      if (fresh) this.log.append(fresh);
    }
    if (near) this.log.scrollTop = this.log.scrollHeight;
  }

  event(event) {
    super.event(event);
    if (event.kind === "draft" && event.chat === this.key) { this.drafts = event.data.drafts; this.drawDrafts(); }
    if (event.kind === "answer") this.answered(event.data.id, event.data.answer);
  }
}
