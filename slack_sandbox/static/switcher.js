// Ctrl+K: go to a channel, or act as somebody, by typing a part of the name.
import { byId, h } from "./dom.js";
import { actAs, goTo } from "./going.js";
import { closePanel, openPanel } from "./panels.js";
import { server } from "./server.js";
import { nameOf, signOf } from "./sidebar.js";

const MOST = 9;

function places() {
  const { channels, users } = server.world;
  const order = (channel) => (channel.member ? 0 : 2) + Number(channel.archived);
  const rooms = [...channels].sort((a, b) => order(a) - order(b)).map((channel) => ({
    name: nameOf(channel), hint: channel.member ? "" : "not joined", sign: signOf(channel), go: () => goTo(channel.id) }));
  const people = Object.values(users).filter((user) => !user.is_bot && !user.deleted).map((user) => ({
    name: user.real_name, hint: "act as", sign: "👤", go: () => actAs(user.id) }));
  return [...rooms, ...people];
}

export function openSwitcher() {
  const all = places();
  let found = all;
  let at = 0;
  const field = h("input", { type: "text", id: "jump-to", role: "combobox", "aria-expanded": "true", autocomplete: "off",
    "aria-controls": "jump-list", "aria-label": "Channel or person", placeholder: "Channel or person" });
  const list = h("ul", { id: "jump-list", role: "listbox", "aria-label": "Where to", class: "jumps" });
  const go = (index) => { closePanel(); found[index]?.go(); };
  const draw = () => {
    list.replaceChildren(...found.map((place, index) => h("li", { role: "option", id: `jump-${index}`,
      "aria-selected": String(index === at), onclick: () => go(index) },
    h("span", { class: "sign", "aria-hidden": "true" }, place.sign), h("strong", {}, place.name), h("span", {}, place.hint))));
    field.setAttribute("aria-activedescendant", found.length ? `jump-${at}` : "");
  };
  const look = () => {
    const wanted = field.value.trim().toLowerCase().replace(/^[#@]/, "");
    found = all.filter(({ name }) => name.toLowerCase().includes(wanted)).slice(0, MOST);
    at = 0;
    draw();
  };
  field.addEventListener("input", look);
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter") go(at);
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      at = (at + (event.key === "ArrowDown" ? 1 : found.length - 1)) % Math.max(found.length, 1);
      draw();
    } else return;
    event.preventDefault();
  });
  openPanel("Jump to", field, list);
  look();
  field.focus();
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    if (byId("modal").open || byId("confirm").open) return;
    if (byId("panel").open) closePanel();
    else openSwitcher();
  }
});
