/** Work of one name is done one after another; of different names, at the same time. */
export class Queues {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs it when all of that name that came before has ended, however it has. */
  run<Value>(name: string, work: () => Promise<Value>): Promise<Value> {
    const done = (this.#last.get(name) ?? Promise.resolve()).then(work, work);
    this.#last.set(name, done);
    const forget = () => {
      if (this.#last.get(name) === done) this.#last.delete(name);
    };
    done.then(forget, forget);
    return done;
  }
}
