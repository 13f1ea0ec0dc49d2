// The slash command that is being filled in: one field per option, of the option's type.
import { h } from "./dom.js";
import { post } from "./api.js";

const MARK = { 3: "text", 4: "number", 10: "number", 5: "true or false", 6: "user", 7: "channel", 8: "role", 9: "user", 11: "file" };

/** Commands with their sub-commands as entries of their own: path, description, options. */
export function flatten(commands) {
  const out = [];
  for (const command of commands.filter((c) => (c.type ?? 1) === 1)) {
    const walk = (part, path) => {
      const nested = (part.options ?? []).filter((o) => o.type === 1 || o.type === 2);
      if (!nested.length) out.push({ path, description: part.description, options: part.options ?? [], bot: command.bot });
      for (const inner of nested) walk(inner, `${path} ${inner.name}`);
    };
    walk(command, command.name);
  }
  return out.sort((a, b) => a.path.localeCompare(b.path));
}

export class CommandForm {
  constructor(pane, command, done) {
    this.pane = pane;
    this.command = command;
    this.done = done;
    this.fields = new Map();
    this.root = h("form.command", { "data-testid": "discord-command", "aria-label": `/${command.path}`, onsubmit: (event) => { event.preventDefault(); this.submit(); }, onkeydown: (event) => { if (event.key === "Escape") done(); } },
      h("div.line", {}, h("b", {}, `/${command.path}`), h("span", {}, command.description)),
      h("div.opts", {}, command.options.map((option) => this.option(option))),
      h("div.line", {}, h("span", {}, command.bot.name), h("button.cancel", { type: "button", "data-testid": "discord-cancel", onclick: done }, "Cancel"), h("button.go", { "data-testid": "discord-submit" }, "Send")));
  }

  focus() { (this.root.querySelector(".opts input, .opts select") ?? this.root.querySelector(".go")).focus(); }

  option(option) {
    const id = `opt-${option.name}`;
    const field = this.field(option, { id, "data-testid": `discord-option-${option.name}`, required: option.required, "aria-describedby": `${id}-d` });
    this.fields.set(option.name, [option, field]);
    const box = h("div.opt", { class: option.required ? "need" : "", title: option.description }, h("label", { for: id }, option.name), field, h("span.sr", { id: `${id}-d` }, option.description));
    if (option.autocomplete) this.complete(option, field, box);
    return box;
  }

  field(option, props) {
    const choose = (list) => h("select", props, h("option", { value: "" }, option.required ? "choose…" : "—"), list.map(([value, text]) => h("option", { value }, text)));
    if (option.choices?.length) return choose(option.choices.map((c) => [String(c.value), c.name]));
    const { app, people, bots } = this.pane;
    switch (option.type) {
      case 5: return choose([["true", "True"], ["false", "False"]]);
      case 6: case 9: return choose([...people, ...bots].map((u) => [u.id, u.name]));
      case 7: return choose(app.status.chats.filter((c) => c.kind === "channel").map((c) => [c.id, `#${c.title}`]));
      case 8: return choose(app.status.roles.map((role) => [role.id, role.name]));
      case 11: return h("input", { ...props, type: "file" });
      case 4: case 10: return h("input", { ...props, type: "number", step: option.type === 4 ? "1" : "any", min: option.min_value, max: option.max_value, placeholder: range(option) });
      default: return h("input", { ...props, type: "text", minlength: option.min_length, maxlength: option.max_length, placeholder: MARK[option.type], autocomplete: "off" });
    }
  }

  values() {
    const options = {};
    const files = [];
    for (const [name, [option, field]] of this.fields) {
      if (option.type === 11) { if (field.files[0]) files.push([name, field.files[0]]); continue; }
      if (field.value === "") continue;
      const number = option.type === 4 || option.type === 10;
      options[name] = field.chosen?.name === field.value ? field.chosen.value : number ? Number(field.value) : option.type === 5 ? field.value === "true" : field.value;
    }
    return { body: { chat: this.pane.key, user: this.pane.user, command: this.command.path, bot: this.command.bot.id, options }, files };
  }

  /** Asks the bot for choices while an option is typed. */
  complete(option, field, box) {
    if (field.type === "number") { field.type = "text"; field.inputMode = "decimal"; }
    let asked = 0;
    let at = -1;
    const list = h("div.choices", { role: "listbox", hidden: true });
    box.append(list);
    const pick = (choice) => { field.value = choice.name; field.chosen = choice; list.hidden = true; field.focus(); };
    const look = async () => {
      asked += 1;
      const mine = asked;
      const { body } = this.values();
      body.options[option.name] = field.value;
      const answer = await this.pane.try(post("autocomplete", { ...body, focused: option.name }));
      if (mine !== asked || !answer) return;
      at = -1;
      list.replaceChildren(...answer.choices.map((choice) => h("button", { type: "button", role: "option", tabindex: "-1", "data-testid": "discord-choice", onmousedown: (event) => { event.preventDefault(); pick(choice); }, onclick: () => pick(choice) }, choice.name)));
      list.choices = answer.choices;
      list.hidden = !answer.choices.length;
    };
    field.addEventListener("input", () => { field.chosen = undefined; clearTimeout(this.timer); this.timer = setTimeout(look, 180); });
    field.addEventListener("focus", look);
    field.addEventListener("blur", () => { list.hidden = true; });
    field.addEventListener("keydown", (event) => {
      if (list.hidden) return;
      const count = list.children.length;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        at = (at + (event.key === "ArrowDown" ? 1 : count - 1) + (at < 0 && event.key === "ArrowUp" ? 1 : 0)) % count;
        [...list.children].forEach((child, index) => child.setAttribute("aria-selected", String(index === at)));
      } else if ((event.key === "Enter" || event.key === "Tab") && at >= 0) { event.preventDefault(); pick(list.choices[at]); }
      else if (event.key === "Escape") { event.stopPropagation(); list.hidden = true; }
    });
  }

  async submit() {
    // A second press while the first is on its way would be a second command.
    if (this.sending || !this.root.reportValidity()) return;
    const { body, files } = this.values();
    this.sending = true;
    const sent = await this.pane.try(post("slash", body, files));
    this.sending = false;
    if (sent) { this.pane.expect(sent.interaction); this.done(); }
  }
}

function range(option) {
  const { min_value: min, max_value: max } = option;
  if (min !== undefined && max !== undefined) return `${min} to ${max}`;
  if (min !== undefined) return `${min} or more`;
  if (max !== undefined) return `up to ${max}`;
  return "number";
}
