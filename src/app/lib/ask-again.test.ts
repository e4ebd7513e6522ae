import { QueryClient, QueryObserver } from "@tanstack/react-query";
import { expect, it } from "vitest";
import { askAgain } from "./ask-again";

/** A list that is shown, and whose first load is under way until `answerFirst` is called. */
function showList() {
  const client = new QueryClient();
  const queryKey = ["things"];
  const things = ["old"];
  let answerFirst = () => {};
  let loads = 0;
  const load = () => {
    loads += 1;
    const found = [...things];
    if (loads > 1) return Promise.resolve(found);
    return new Promise<string[]>((resolve) => {
      answerFirst = () => resolve(found);
    });
  };
  const observer = new QueryObserver(client, { queryKey, queryFn: load });
  const hide = observer.subscribe(() => {});
  const list = {
    cancel: () => client.cancelQueries({ queryKey }),
    invalidate: () => client.invalidateQueries({ queryKey }),
  };
  const shown = () => observer.getCurrentResult().data;
  return { things, list, shown, hide, answerFirst: () => answerFirst() };
}

it("shows what was made while the first load was under way, and not what that load brings afterwards", async () => {
  const { things, list, shown, hide, answerFirst } = showList();
  things.push("new");
  const asked = askAgain(list);
  // A load that has been given up may come at any time.
  setTimeout(answerFirst);
  await asked;
  expect(shown()).toEqual(["old", "new"]);
  await new Promise((resolve) => setTimeout(resolve));
  expect(shown()).toEqual(["old", "new"]);
  hide();
});

it("asks again for what has long been loaded", async () => {
  const { things, list, shown, hide, answerFirst } = showList();
  answerFirst();
  await expect.poll(shown).toEqual(["old"]);
  things.push("new");
  await askAgain(list);
  expect(shown()).toEqual(["old", "new"]);
  hide();
});
