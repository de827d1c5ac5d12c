// Builds elements; what people or apps wrote becomes text nodes, never markup.

export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "class") node.className = value;
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name in node && typeof value !== "string") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return node;
}

export const byId = (id) => document.getElementById(id);

// Replaces children only where they changed: `items` are [key, fingerprint, build].
export function keyed(parent, items) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  const wanted = items.map(([key, print, build]) => {
    const before = old.get(key);
    if (before && before.print === print) return before;
    const node = build();
    node.dataset.key = key;
    node.print = print;
    return node;
  });
  const keep = new Set(wanted);
  for (const node of [...parent.children]) if (!keep.has(node)) node.remove();
  wanted.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
}

let toastTimer;
export function toast(text) {
  const node = byId("toast");
  node.textContent = text;
  node.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { node.hidden = true; }, 6000);
}

const HUES = [262, 12, 150, 205, 330, 40, 180];
export function avatar(user) {
  const name = user?.real_name ?? "?";
  const sum = [...(user?.id ?? "?")].reduce((total, letter) => total + letter.charCodeAt(0), 0);
  const node = h("span", { class: user?.is_bot ? "avatar bot" : "avatar", "aria-hidden": "true" },
    user?.is_bot ? "🤖" : name.split(" ").map((part) => part[0]).join("").slice(0, 2));
  node.style.setProperty("--hue", HUES[sum % HUES.length]);
  return node;
}
