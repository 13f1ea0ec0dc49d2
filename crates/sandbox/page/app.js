// Begins: both panes, the drawer, and the stream of changes that keeps them up to date.
import { h } from "./dom.js";
import { follow, get } from "./api.js";
import { Discord } from "./discord.js";
import { Drawer } from "./drawer.js";
import { Telegram } from "./telegram.js";

const THEMES = ["auto", "light", "dark"];

class App {
  async start() {
    this.theme(localStorage.getItem("theme") ?? "auto");
    this.drawer = new Drawer(this);
    await this.load();
    this.panes = { telegram: new Telegram(this), discord: new Discord(this) };
    // A pane is shown once it knows its chat: what somebody writes before would go nowhere.
    await Promise.all(Object.values(this.panes).map((pane) => pane.status()));
    document.getElementById("panes").append(this.panes.telegram.root, this.panes.discord.root);
    this.tab("telegram");
    this.wire();
    follow((event) => this.event(event), (up) => { document.getElementById("offline").hidden = up; });
  }

  wire() {
    const on = (testid, act) => { const el = document.querySelector(`[data-testid="${testid}"]`); el.onclick = () => act(el); };
    on("connect-toggle", (el) => this.drawer.toggle("connect", el));
    on("requests-toggle", (el) => this.drawer.toggle("requests", el));
    on("faults-toggle", (el) => this.drawer.toggle("faults", el));
    on("theme-toggle", () => this.theme(THEMES[(THEMES.indexOf(document.documentElement.dataset.theme) + 1) % THEMES.length]));
    for (const name of ["telegram", "discord"]) on(`${name}-tab`, () => this.tab(name));
    // Connections come and go without a word from the bot: look now and then.
    setInterval(() => { if (!document.hidden) this.soon(); }, 5000);
  }

  theme(name) {
    document.documentElement.dataset.theme = name;
    localStorage.setItem("theme", name);
    document.querySelector('[data-testid="theme-toggle"]').title = `Theme: ${name}`;
  }

  tab(name) {
    for (const [network, pane] of Object.entries(this.panes)) {
      pane.root.classList.toggle("shown", network === name);
      document.querySelector(`[data-pane="${network}"]`).setAttribute("aria-selected", String(network === name));
    }
  }

  async load() {
    this.status = await get("status");
    document.querySelector('[data-testid="site-link"]').href = this.status.urls.site;
    const count = document.getElementById("fault-count");
    count.hidden = !this.status.faults.length;
    count.textContent = this.status.faults.length;
  }

  async refresh() {
    await this.load();
    await Promise.all(Object.values(this.panes).map((pane) => pane.status()));
    for (const pane of Object.values(this.panes)) if (!pane.messages.size) pane.draw();
  }

  soon() {
    this.timer ??= setTimeout(async () => { this.timer = undefined; await this.refresh().catch(() => {}); }, 120);
  }

  async event(event) {
    if (event.kind === "resync") {
      await this.refresh();
      await Promise.all(Object.values(this.panes).map((pane) => pane.load()));
    } else if (event.kind === "status") this.soon();
    else if (event.kind === "faults") { await this.load(); if (this.drawer.opened === "faults") this.drawer.faults(); }
    else if (event.kind === "request") this.drawer.request(event.data);
    else for (const pane of Object.values(this.panes)) pane.event(event);
  }

  inspect(message) { this.drawer.message(message); }

  alert(text) {
    const dialog = document.getElementById("dialog");
    dialog.setAttribute("data-testid", "alert");
    dialog.onclose = null;
    dialog.replaceChildren(h("form", { method: "dialog" }, h("p", {}, text), h("div.row", {}, h("button.btn.main", {}, "OK"))));
    dialog.showModal();
  }
}

new App().start();
