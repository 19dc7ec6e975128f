/** How often each payment's id was offered to this task: tells a retry that reached us from one that did not. Bounded. */
const remembered = 50_000;

export function offers(): (id: string) => number {
  const times = new Map<string, number>();
  return (id) => {
    const now = (times.get(id) ?? 0) + 1;
    times.delete(id);
    times.set(id, now);
    if (times.size > remembered) {
      const [oldest] = times.keys();
      if (oldest !== undefined) times.delete(oldest);
    }
    return now;
  };
}
