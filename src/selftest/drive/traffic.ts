/** Puts several clients on one axis of time: whoever is due first acts first, so that the liar is asked in the order of time. */

export interface Client {
  /** When it acts next; +∞ when it is done. */
  nextUs: number;
  /** Acts at `nextUs` and moves it on. */
  readonly act: () => void;
}

export function play(clients: readonly Client[]): void {
  for (;;) {
    let [first] = clients;
    for (const client of clients) if (first === undefined || client.nextUs < first.nextUs) first = client;
    if (first === undefined || first.nextUs === Number.POSITIVE_INFINITY) return;
    first.act();
  }
}

/** Acts once, at `us`. */
export function once(us: number, act: () => void): Client {
  const client: Client = {
    nextUs: us,
    act: () => {
      client.nextUs = Number.POSITIVE_INFINITY;
      act();
    },
  };
  return client;
}
