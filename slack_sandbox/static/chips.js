// A choice of several: each one chosen is a chip with a cross, the others are in a list.
import { h } from "./dom.js";

// `choices` are [value, label, group]; `changed` is called after each change.
export function chips(choices, chosen, { label, placeholder, most, changed }) {
  let held = chosen;
  const names = new Map(choices.map(([value, name]) => [value, name]));
  const row = h("span", { class: "chosen" });
  const list = h("select", { "aria-label": label });
  const node = h("div", { class: "chips" }, row, list);

  function change(next) {
    held = next;
    draw();
    list.focus();
    node.dispatchEvent(new Event("change", { bubbles: true }));
    changed();
  }

  function draw() {
    row.replaceChildren(...held.map((value) => h("span", { class: "chip", data: { value } }, names.get(value) ?? value,
      h("button", { type: "button", "aria-label": `Remove ${names.get(value) ?? value}`,
        onclick: () => change(held.filter((each) => each !== value)) }, "✕"))));
    const left = choices.filter(([value]) => !held.includes(value));
    list.replaceChildren(h("option", { value: "" }, placeholder || "Choose…"), ...grouped(left));
    list.disabled = !left.length || (most ? held.length >= most : false);
  }

  list.addEventListener("change", (event) => {
    event.stopPropagation();
    if (list.value) change([...held, list.value]);
  });
  draw();
  return { node, read: () => held };
}

function grouped(choices) {
  const groups = new Map();
  for (const [value, name, group] of choices) {
    groups.set(group, [...(groups.get(group) ?? []), h("option", { value }, name)]);
  }
  return [...groups].flatMap(([group, options]) => (group ? [h("optgroup", { label: group }, options)] : options));
}
