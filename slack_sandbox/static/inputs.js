// The interactive elements of Block Kit. Each has a `read()` that gives its value.
import { chips } from "./chips.js";
import { h } from "./dom.js";
import { plain } from "./mrkdwn.js";

const label = (text) => plain(text?.text ?? "", text?.emoji ?? true);

export function element(item, block, host) {
  const build = BUILDERS[item.type];
  const built = build ? build(item, host.held(block, item), host, block) : unknown(item);
  built.node.dataset.actionId = item.action_id ?? "";
  built.node.dataset.blockId = block.block_id;
  host.register(block, item, built);
  return built.node;
}

const unknown = (item) => ({ node: h("span", { class: "muted" }, `[${item.type}]`), read: () => null });

function button(item, held, host, block) {
  const press = () => host.act(block, item);
  const props = { type: "button", class: `button ${item.style ?? ""}`,
    "aria-label": item.accessibility_label, onclick: press };
  if (item.url) {
    const safe = /^https?:/i.test(item.url);
    return { node: h("a", { class: props.class, href: safe ? item.url : undefined, target: "_blank",
      rel: "noopener noreferrer", onclick: press }, label(item.text)), read: () => null };
  }
  return { node: h("button", props, label(item.text)), read: () => null };
}

function typed(type) {
  return (item, held, host, block) => {
    const props = { "aria-label": host.labelOf(block), placeholder: label(item.placeholder),
      maxlength: item.max_length ? String(item.max_length) : undefined };
    const node = item.multiline
      ? h("textarea", { ...props, rows: "4" })
      : h("input", { ...props, type, step: item.is_decimal_allowed ? "any" : undefined });
    node.value = held?.value ?? "";
    node.autofocus = Boolean(item.focus_on_load);
    const on = item.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
    if (block.dispatch_action && on.includes("on_enter_pressed")) {
      node.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && !item.multiline) { event.preventDefault(); host.act(block, item); }
      });
    }
    if (block.dispatch_action && on.includes("on_character_entered")) {
      let wait;
      node.addEventListener("input", () => {
        clearTimeout(wait);
        wait = setTimeout(() => host.act(block, item), 400);
      });
    }
    return { node, read: () => node.value };
  };
}

function picked(field, many, choices) {
  return (item, held, host, block) => {
    const chosen = [].concat(held?.[field] ?? []).map((value) => value?.value ?? value);
    if (many) {
      return chips(choices(item, host).flatMap(flat), chosen, { label: host.labelOf(block), most: item.max_selected_items,
        placeholder: label(item.placeholder), changed: () => host.act(block, item) });
    }
    const node = h("select", { "aria-label": host.labelOf(block), onchange: () => host.act(block, item) },
      h("option", { value: "" }, label(item.placeholder) || "Choose…"));
    for (const choice of choices(item, host)) node.append(optionNode(choice, chosen));
    return { node, read: () => node.value || null };
  };
}

// Options as [value, label, group], whether they are grouped or not.
const flat = (choice) => (choice.options
  ? choice.options.map((option) => [option.value, label(option.text), label(choice.label)])
  : [[choice.value ?? choice.id, choice.text ? label(choice.text) : choice.label, ""]]);

function optionNode(choice, chosen) {
  if (choice.options) {
    return h("optgroup", { label: label(choice.label) },
      choice.options.map((option) => optionNode(option, chosen)));
  }
  const value = choice.value ?? choice.id;
  const node = h("option", { value }, choice.text ? label(choice.text) : choice.label);
  node.selected = chosen.includes(value);
  return node;
}

const fixed = (item) => item.options ?? item.option_groups ?? [];
const users = (item, host) => Object.values(host.world.users)
  .filter((user) => !user.deleted).map((user) => ({ id: user.id, label: user.real_name }));
const rooms = (item, host) => host.world.channels
  .filter((channel) => channel.name && !channel.archived)
  .map((channel) => ({ id: channel.id, label: `#${channel.name}` }));

function ticks(kind, field) {
  return (item, held, host, block) => {
    const chosen = [].concat(held?.[field] ?? []).map((option) => option.value);
    const name = `${block.block_id}/${item.action_id}`;
    const node = h("fieldset", { class: "ticks", "aria-label": host.labelOf(block) },
      item.options.map((option) => {
        const box = h("input", { type: kind, name, value: option.value, onchange: () => host.act(block, item) });
        box.checked = chosen.includes(option.value);
        return h("label", {}, box, h("span", {}, label(option.text),
          option.description ? h("small", {}, label(option.description)) : null));
      }));
    const values = () => [...node.querySelectorAll("input:checked")].map((box) => box.value);
    return { node, read: () => (kind === "radio" ? values()[0] ?? null : values()) };
  };
}

function when(type, field) {
  return (item, held, host, block) => {
    const node = h("input", { type, "aria-label": host.labelOf(block), onchange: () => host.act(block, item) });
    node.value = held?.[field] ?? "";
    return { node, read: () => node.value || null };
  };
}

function moment(item, held, host, block) {
  const node = h("input", { type: "datetime-local", "aria-label": host.labelOf(block),
    onchange: () => host.act(block, item) });
  if (held?.selected_date_time) {
    const at = new Date(held.selected_date_time * 1000);
    node.value = new Date(at - at.getTimezoneOffset() * 60000).toISOString().slice(0, 16);
  }
  return { node, read: () => (node.value ? Math.floor(new Date(node.value) / 1000) : null) };
}

// A text field with a list below that the app fills.
function external(item, held, host, block) {
  let chosen = held?.selected_option ?? null;
  const id = `list-${block.block_id}-${item.action_id}`;
  const least = item.min_query_length ?? 3;
  const field = h("input", { type: "text", role: "combobox", autocomplete: "off", "aria-expanded": "false",
    "aria-controls": id, "aria-label": host.labelOf(block), placeholder: label(item.placeholder) || "Type to search" });
  const list = h("ul", { id, role: "listbox", class: "options" });
  list.hidden = true;
  field.value = chosen ? label(chosen.text) : "";
  const node = h("div", { class: "external" }, field, list);
  const show = (options) => {
    list.replaceChildren(...options.map((option) => h("li", { role: "option", tabindex: "-1",
      data: { value: option.value }, onmousedown: (event) => { event.preventDefault(); take(option); } },
    label(option.text))));
    if (!options.length) list.append(h("li", { class: "muted" }, field.value.length < least
      ? `Type ${least} or more characters` : "No result"));
    list.hidden = false;
    field.setAttribute("aria-expanded", "true");
  };
  const hide = () => { list.hidden = true; field.setAttribute("aria-expanded", "false"); };
  const take = (option) => { chosen = option; field.value = label(option.text); hide(); host.act(block, item); };
  let wait;
  const ask = () => {
    clearTimeout(wait);
    wait = setTimeout(async () => show(await host.suggest(block, item, field.value)), 150);
  };
  field.addEventListener("input", () => { chosen = null; ask(); });
  field.addEventListener("focus", ask);
  field.addEventListener("blur", () => {
    clearTimeout(wait);
    hide();
    field.value = chosen ? label(chosen.text) : "";
  });
  field.addEventListener("keydown", (event) => {
    const options = [...list.querySelectorAll("[data-value]")];
    const at = options.findIndex((option) => option.ariaSelected === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const next = (at + (event.key === "ArrowDown" ? 1 : options.length - 1)) % options.length;
      options.forEach((option, index) => { option.ariaSelected = String(index === next); });
    } else if (event.key === "Enter" && !list.hidden) {
      event.preventDefault();
      (options[at] ?? options[0])?.dispatchEvent(new MouseEvent("mousedown", { cancelable: true }));
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      event.stopPropagation();
      hide();
    }
  });
  return { node, read: () => chosen?.value ?? null };
}

function overflow(item, held, host, block) {
  const node = h("select", { class: "overflow", "aria-label": "More actions" }, h("option", { value: "" }, "⋯"),
    item.options.map((option) => h("option", { value: option.value }, label(option.text))));
  node.addEventListener("change", () => { host.act(block, item); node.value = ""; });
  return { node, read: () => node.value };
}

const BUILDERS = {
  button, overflow,
  plain_text_input: typed("text"), email_text_input: typed("email"), url_text_input: typed("url"),
  number_input: typed("number"),
  static_select: picked("selected_option", false, fixed),
  multi_static_select: picked("selected_options", true, fixed),
  external_select: external,
  users_select: picked("selected_user", false, users),
  multi_users_select: picked("selected_users", true, users),
  conversations_select: picked("selected_conversation", false, rooms),
  multi_conversations_select: picked("selected_conversations", true, rooms),
  channels_select: picked("selected_channel", false, rooms),
  multi_channels_select: picked("selected_channels", true, rooms),
  radio_buttons: ticks("radio", "selected_option"), checkboxes: ticks("checkbox", "selected_options"),
  datepicker: when("date", "selected_date"), timepicker: when("time", "selected_time"),
  datetimepicker: moment,
};
