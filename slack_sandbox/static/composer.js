// A line to write in: plain messages, slash commands, and suggestions while typing.
import { h } from "./dom.js";
import { draft, keepDraft } from "./kept.js";
import { spoken } from "./mrkdwn.js";

// `send(text, place)` sends a line from the place it was written for; `editLast(place)` opens the
// last message there. Returns `load(place)`, which shows the draft of another place.
export function composer({ field, list, form, world, send, editLast }) {
  let place = null;

  // What is not shown has no height yet.
  const fit = () => {
    field.style.height = "auto";
    if (field.scrollHeight) field.style.height = `${Math.min(field.scrollHeight, 180)}px`;
  };
  const word = () => /(?:^|\s)([@#/][\w.-]*)$/.exec(field.value.slice(0, field.selectionStart))?.[1];
  const hide = () => { list.hidden = true; };
  const options = () => [...list.children];
  const chosen = () => options().findIndex((node) => node.getAttribute("aria-selected") === "true");
  const found = () => matches(world(), word() ?? "", field.value);

  function changed() {
    if (place) keepDraft(place, field.value);
    fit();
  }

  function load(next) {
    if (JSON.stringify(next) === JSON.stringify(place)) return;
    place = next;
    field.value = draft(place);
    hide();
    fit();
  }

  function suggest() {
    const names = found();
    list.hidden = names.length === 0;
    list.replaceChildren(...names.map(({ name, hint }, index) => h("li", {
      role: "option", "aria-selected": String(index === 0), data: { name },
      onmousedown: (event) => { event.preventDefault(); take(name); },
    }, h("strong", {}, name), h("span", {}, hint))));
  }

  function take(name) {
    const start = field.selectionStart;
    const head = field.value.slice(0, start).replace(/[@#/][\w.-]*$/, `${name} `);
    field.value = head + field.value.slice(start);
    field.selectionStart = field.selectionEnd = head.length;
    hide();
    field.focus();
    changed();
  }

  async function submit() {
    const text = field.value.trim();
    if (!text) return;
    field.value = "";
    hide();
    changed();
    await send(text, place);
  }

  field.addEventListener("input", () => { suggest(); changed(); });
  field.addEventListener("blur", hide);
  field.addEventListener("keydown", (event) => {
    // The caret may have left the word since the list was drawn: then there is nothing to accept.
    if (!found().length) hide();
    if (!list.hidden && moveInList(event, options(), chosen(), take, hide)) return;
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); submit(); }
    if (event.key === "ArrowUp" && !field.value) { event.preventDefault(); editLast(place); }
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
  return load;
}

function moveInList(event, options, at, take, hide) {
  const complete = event.key === "Tab" || (event.key === "Enter" && !event.shiftKey);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    const next = (at + (event.key === "ArrowDown" ? 1 : options.length - 1)) % options.length;
    options.forEach((node, index) => node.setAttribute("aria-selected", String(index === next)));
  } else if (complete) take(options[Math.max(at, 0)].dataset.name);
  else if (event.key === "Escape") hide();
  else return false;
  event.preventDefault();
  return true;
}

function matches(world, word, whole) {
  if (!world || !word) return [];
  const starts = (name) => name.toLowerCase().startsWith(word.slice(1).toLowerCase());
  if (word[0] === "/") {
    return whole.trimStart() === word && whole !== "/incident"
      ? world.commands.filter(({ name }) => name.startsWith(word)) : [];
  }
  if (word[0] === "@") {
    return Object.values(world.users).filter((user) => !user.deleted && starts(user.name)).slice(0, 6)
      .map((user) => ({ name: `@${user.name}`, hint: user.real_name }));
  }
  return world.channels.filter((channel) => channel.name && starts(channel.name)).slice(0, 6)
    .map((channel) => ({ name: `#${channel.name}`, hint: spoken(channel.topic, world) }));
}
