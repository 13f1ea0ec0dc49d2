// The Discord pane.
import { ask, avatar, h, icon, link, picture, safeUrl, size, walker } from "./dom.js";
import { get, post } from "./api.js";
import { CommandForm, flatten } from "./command.js";
import { markdown } from "./markdown.js";
import { Pane } from "./pane.js";

const LATE = 3000;

export class Discord extends Pane {
  constructor(app) { super("discord", app); }

  buildComposer() {
    this.popup.setAttribute("data-testid", "discord-picker");
    this.form = h("form.main", { onsubmit: (event) => { event.preventDefault(); this.submit(); } },
      this.fileInput,
      h("button.round", { type: "button", title: "Attach", "aria-label": "Attach files", onclick: () => this.fileInput.click() }, icon("plus")),
      this.input,
      h("button.round", { "data-testid": "discord-send", "aria-label": "Send" }, icon("send")));
    this.composer.append(this.popup, this.replyBar, this.form, this.typingLine);
  }

  context() {
    return {
      user: (id) => [...this.people, ...this.bots].find((u) => u.id === id)?.name,
      channel: (id) => this.app.status.chats.find((c) => c.network === "discord" && c.id === id)?.title,
    };
  }

  head() {
    super.head();
    this.input.placeholder = this.info?.kind === "channel" ? `Message #${this.info.title}` : `Message @${this.info?.title ?? ""}`;
  }

  rank(chat) { return chat.kind === "channel" ? 0 : 1; }

  offer() {
    const typed = /^\/([\p{L}\p{N}_ -]*)$/u.exec(this.input.value);
    if (!typed || this.filling) { this.popup.hidden = true; return; }
    const found = flatten(this.commands).filter((c) => c.path.startsWith(typed[1].toLowerCase().trimEnd()));
    if (!found.length) { this.popup.hidden = true; return; }
    this.popup.replaceChildren(...found.map((command) => Object.assign(
      h("button", { type: "button", role: "option", tabindex: "-1", "data-testid": "discord-picker-item", "data-command": command.path, onclick: () => this.fill(command) },
        h("b", {}, `/${command.path}`), command.options.map((o) => h("i.arg", {}, o.required ? o.name : `${o.name}?`)), h("span", {}, command.description), h("small", {}, command.bot.name)), { offered: command })));
    this.popup.hidden = false;
    this.walk = walker(this.popup, (option) => this.fill(option.offered));
  }

  fill(command) {
    this.popup.hidden = true;
    this.filling?.root.remove();
    const form = new CommandForm(this, command, () => {
      // A form that was cancelled while it was being sent may have made room for another.
      if (this.filling !== form) return;
      form.root.remove();
      this.filling = undefined;
      this.form.hidden = false;
      this.input.value = "";
      this.input.focus();
    });
    this.filling = form;
    this.form.hidden = true;
    this.form.after(form.root);
    form.focus();
  }

  async submit() {
    const typed = /^\/([\w -]+)$/.exec(this.input.value.trim());
    const command = typed && flatten(this.commands).find((c) => c.path === typed[1]);
    if (command) this.fill(command); else await super.submit();
  }

  /** Tells the user when a bot does not answer within Discord's three seconds. */
  expect(interaction, button) {
    setTimeout(async () => {
      button?.classList.remove("busy");
      const state = await get(`interaction/${interaction}`).catch(() => null);
      if (state && state.answered === null) this.toast("The application did not respond", true);
    }, LATE + 150);
  }

  async addChat() {
    const title = await ask("Add a channel", "Name");
    if (!title) return;
    const made = await this.try(post("chats", { network: "discord", kind: "channel", title: title.toLowerCase().replaceAll(" ", "-") }));
    await this.app.refresh();
    if (made) await this.pickChat(made.key);
  }

  empty() {
    return h("div.empty", {}, h("h3", {}, this.info?.kind === "channel" ? `Welcome to #${this.info.title}!` : "A private conversation"),
      this.bots.length ? h("div", {}, "Write something, or type ", h("code", {}, "/"), " for commands.") : h("div", {}, "Point a bot at ", h("code", {}, `${location.origin}/discord`), " or press “Connect a bot”."));
  }

  message(m, same) {
    const flat = same && !m.used && !m.reply_to;
    const quoted = m.reply_to && this.messages.get(m.raw.message_reference?.message_id);
    const led = m.used || m.reply_to;
    const over = m.used ? h("div.over", {}, avatar(m.used[1]), h("b", {}, m.used[1]), "used", h("em", {}, `/${m.used[0]}`))
      : led ? h("div.over", {}, avatar(quoted?.from.name ?? "?", quoted?.from.bot), h("b", {}, quoted?.from.name ?? ""), h("span", {}, quoted?.text || "Original message")) : null;
    return this.shell(m, `div.msg${flat ? ".same" : ""}${led ? ".led" : ""}${m.only_for ? ".ephemeral" : ""}`, over,
      flat ? h("time.side", {}, this.stamp(m)) : avatar(m.from.name, m.from.bot),
      h("div.body", {},
        !flat && h("div.who-line", {}, h("b", {}, m.from.name), m.from.bot && h("span.app", {}, "APP"), h("time", {}, this.stamp(m))),
        m.thinking ? h("div.thinking", {}, this.dots(), `${m.from.name} is thinking…`) : this.content(m),
        m.only_for && h("div.note", {}, "Only you can see this"),
        this.reactions(m)),
      this.actions(m));
  }

  dots() { return h("span.dots", {}, h("i"), h("i"), h("i")); }

  content(m) {
    const v2 = (m.raw.flags ?? 0) & (1 << 15);
    const used = JSON.stringify([m.embeds, v2 ? m.components : []]);
    return [
      m.text && h("div.text", {}, markdown(m.text, this.context()), m.edits > 0 && h("span.edited", { title: m.history.at(-1) ?? "" }, "(edited)")),
      !m.text && m.edits > 0 && h("span.edited", {}, "(edited)"),
      m.embeds.map((embed) => this.embed(embed)),
      m.files.filter((file) => !used.includes(file.url)).map((file) => this.file(file)),
      m.poll && h("div.poll", {}, h("b", {}, m.poll.question?.text), (m.poll.answers ?? []).map((a) => h("div", {}, a.poll_media?.text))),
      v2 ? m.components.map((c) => this.component(m, c)) : m.buttons.map((row) => this.row(m, row)),
    ];
  }

  file(file) {
    if (file.mime.startsWith("image/") && file.mime !== "image/svg+xml") return picture(file);
    return h("a.file", { href: file.url, download: file.name }, h("span.disc", {}, icon("file")), h("span", {}, file.name, h("small", {}, size(file.size))));
  }

  local(url) { return url?.replace(/^http:\/\/(127\.0\.0\.1|localhost):\d+\/cdn/, "/cdn"); }

  embed(e) {
    const shade = e.color === undefined || e.color === null ? "" : `border-left-color:#${e.color.toString(16).padStart(6, "0")}`;
    const md = (text) => markdown(text, this.context());
    return h("div.embed", { style: shade },
      e.author && h("div.a", {}, e.author.name),
      e.title && h("div.t", {}, e.url ? link(e.url, md(e.title)) : md(e.title)),
      e.description && h("div.text", {}, e.thumbnail && h("img.thumb", { src: this.local(safeUrl(e.thumbnail.url)), alt: "" }), md(e.description)),
      e.fields?.length && h("div.f", {}, e.fields.map((f) => h(f.inline ? "div.inline" : "div", {}, h("b", {}, md(f.name)), h("div.text", {}, md(f.value))))),
      e.image && h("img.shot", { src: this.local(safeUrl(e.image.url)), alt: e.title ?? "" }),
      (e.footer || e.timestamp) && h("div.foot", {}, [e.footer?.text, e.timestamp && new Date(e.timestamp).toLocaleString()].filter(Boolean).join(" • ")));
  }

  row(m, row) { return h("div.keys", {}, row.map((b) => this.control(m, b))); }

  control(m, b) {
    if (b.url) return h("a.key", { href: safeUrl(b.url), target: "_blank", rel: "noreferrer noopener" }, b.emoji, b.text, " ↗");
    if (b.kind === "button") return h("button", { "data-testid": "discord-button", "data-focus": b.data, class: `s${b.style}`, disabled: b.disabled, onclick: (event) => this.press(m, b, [], event.currentTarget) }, b.emoji && h("span", {}, b.emoji), b.text);
    const lists = { user: this.people.map((u) => [u.id, u.name]), mentionable: this.people.map((u) => [u.id, u.name]), channel: this.app.status.chats.filter((c) => c.kind === "channel").map((c) => [c.id, `#${c.title}`]), role: this.app.status.roles.map((role) => [role.id, role.name]) };
    const options = b.kind === "string" ? b.options.map((o) => [o.value, o.label, o.default]) : lists[b.kind] ?? [];
    const many = b.range[1] > 1;
    const pick = (event) => this.press(m, b, [...event.currentTarget.selectedOptions].map((o) => o.value).filter(Boolean), event.currentTarget);
    return h("select", { "data-testid": "discord-select", "data-focus": b.data, "aria-label": b.text || "Select", disabled: b.disabled, multiple: many, size: many ? String(Math.min(5, options.length)) : undefined, [many ? "onblur" : "onchange"]: pick },
      !many && h("option", { value: "" }, b.text || "Make a selection"), options.map(([value, text, chosen]) => h("option", { value, selected: chosen }, text)));
  }

  async press(m, b, values, element) {
    element.classList.add("busy");
    const sent = await this.try(post(b.kind === "button" ? "press" : "select", this.on(m, { button: b.data, values })));
    if (sent) this.expect(sent.interaction, element); else element.classList.remove("busy");
  }

  /** One component of a V2 message. */
  component(m, c) {
    const children = (list) => (list ?? []).map((inner) => this.component(m, inner));
    const find = (id) => m.buttons.flat().find((b) => b.data === id || (b.url && b.url === id));
    switch (c.type) {
      case 1: return h("div.keys", {}, children(c.components));
      case 9: return h("div.section", {}, h("div", {}, children(c.components)), c.accessory && this.component(m, c.accessory));
      case 10: return h("div.text", {}, markdown(c.content, this.context()));
      case 11: return h("img", { src: this.local(safeUrl(c.media?.url)), alt: c.description ?? "" });
      case 12: return h("div", {}, (c.items ?? []).map((item) => h("img.shot", { src: this.local(safeUrl(item.media?.url)), alt: item.description ?? "" })));
      case 13: return this.file(m.files.find((f) => (c.file?.url ?? "").endsWith(f.url)) ?? { name: "file", mime: "", size: 0, url: this.local(c.file?.url) });
      case 14: return c.divider === false ? h("div", { style: "height:8px" }) : h("hr.sep");
      case 17: return h("div.box", { class: c.accent_color ? "bar" : "", style: c.accent_color ? `--bar:#${c.accent_color.toString(16).padStart(6, "0")}` : "" }, children(c.components));
      default: { const b = find(c.custom_id ?? c.url); return b ? this.control(m, b) : null; }
    }
  }

  event(event) {
    super.event(event);
    if (event.kind === "form" && event.chat === this.key && event.data.user === this.user) this.modal(event.data);
  }

  /** A form that a bot opened. */
  modal({ interaction, form }) {
    const dialog = document.getElementById("dialog");
    const fields = form.components.map((row) => ({ label: row.type === 18 ? row.label : undefined, note: row.description, c: row.type === 18 ? row.component : row.components?.[0] ?? row })).filter(({ c }) => c?.custom_id);
    const controls = new Map();
    const rows = fields.map(({ label, note, c }) => {
      const props = { id: `f-${c.custom_id}`, "data-testid": `discord-field-${c.custom_id}`, required: c.type === 4 ? c.required !== false : c.required };
      let field;
      if (c.type === 4) field = h(c.style === 2 ? "textarea" : "input", { ...props, value: c.value ?? "", placeholder: c.placeholder, minlength: c.min_length, maxlength: c.max_length, rows: c.style === 2 ? "4" : undefined });
      else {
        const options = c.options?.map((o) => [o.value, o.label]) ?? (c.type === 8 ? this.app.status.chats.filter((x) => x.kind === "channel").map((x) => [x.id, x.title]) : this.people.map((u) => [u.id, u.name]));
        field = h("select", { ...props, multiple: (c.max_values ?? 1) > 1 }, options.map(([value, text]) => h("option", { value }, text)));
      }
      controls.set(c.custom_id, field);
      return [h("label", { for: props.id }, label ?? c.label, props.required ? " *" : ""), note && h("p", {}, note), field];
    });
    const body = h("form", { onsubmit: async (event) => {
      event.preventDefault();
      const values = {};
      for (const [id, field] of controls) values[id] = field.multiple ? [...field.selectedOptions].map((o) => o.value) : field.value;
      const sent = await this.try(post("submit", { user: this.user, chat: this.key, interaction, fields: values }));
      if (sent) { dialog.close(); this.expect(sent.interaction); }
    } }, h("h2", {}, form.title), rows, h("div.row", {}, h("button.btn", { type: "button", onclick: () => dialog.close() }, "Cancel"), h("button.btn.main", { "data-testid": "discord-modal-submit" }, "Submit")));
    dialog.setAttribute("data-testid", "discord-modal");
    dialog.onclose = null;
    dialog.replaceChildren(body);
    dialog.showModal();
    body.querySelector("input, textarea, select")?.focus();
  }
}
