import { firstView, type SignInField, type SignInView } from "./sign-in-view";

/** What the sign-in page shows, as React reads it: one whole value, with a call when it changes. */
export class SignInViewStore {
  readonly #listeners = new Set<() => void>();
  #view: SignInView = firstView;

  get view(): SignInView {
    return this.#view;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  show(change: Partial<SignInView>): void {
    this.#view = { ...this.#view, ...change };
    for (const listener of [...this.#listeners]) listener();
  }

  focus(field: SignInField): void {
    this.show({ focus: { field, count: (this.#view.focus?.count ?? 0) + 1 } });
  }

  close(): void {
    this.#listeners.clear();
  }
}
