/** Elements without markup: text stays text, whoever wrote it. */

/** @param children elements, and strings that become text */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** An element of page.html. */
export function byId<T extends HTMLElement>(id: string): T {
  return document.getElementById(id) as T;
}
