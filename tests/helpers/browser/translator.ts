import type { BrowserContext } from "playwright-core";

/** When the translation begins: at once, or as the browser's own does, once the page is loaded. */
export type TranslationStart = "from the first byte" | "after load";

/**
 * Does to every page of a context what the translation of a browser does, and goes on doing it: takes each text out and puts
 * elements with a text of its own in its place. The words stay as they are, so that a test finds them.
 *
 * What is marked as not to be translated is left alone, as a translation leaves it.
 */
export async function translate(context: BrowserContext, start: TranslationStart): Promise<void> {
  await context.addInitScript((when) => {
    const untouched = "script, style, textarea, noscript, title, font, [translate=no]";
    const wrap = (text: Text) => {
      if (!text.data.trim() || !text.parentElement || text.parentElement.closest(untouched)) return;
      const outer = document.createElement("font");
      const inner = document.createElement("font");
      inner.append(text.data);
      outer.append(inner);
      text.replaceWith(outer);
      Object.assign(window, { wrapped: ((window as { wrapped?: number }).wrapped ?? 0) + 1 });
    };
    const wrapAll = (node: Node) => {
      if (node instanceof Text) return wrap(node);
      const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
      const texts: Text[] = [];
      while (walker.nextNode()) texts.push(walker.currentNode as Text);
      texts.forEach(wrap);
    };
    const begin = () => {
      wrapAll(document);
      new MutationObserver((records) => {
        for (const { target, addedNodes } of records) {
          if (target instanceof Text) wrap(target);
          addedNodes.forEach(wrapAll);
        }
      }).observe(document, { childList: true, subtree: true, characterData: true });
    };
    if (when === "after load") addEventListener("load", () => setTimeout(begin, 50));
    else begin();
  }, start);
}

/** How many texts of the page that is open were taken out. */
export function wrappedTexts(page: { evaluate<T>(read: () => T): Promise<T> }): Promise<number> {
  return page.evaluate(() => (window as { wrapped?: number }).wrapped ?? 0);
}
