/**
 * Who holds which link. Two actions may cut the same link; it is healed when the last of them lets go. Each holder takes a lease before
 * the cut, so that the guardian heals the link if this process hangs or dies.
 */
import type { Machinery, RegionName } from "../../machinery.ts";

export type Link =
  | { readonly kind: "customers"; readonly region: RegionName }
  | { readonly kind: "between"; readonly a: RegionName; readonly b: RegionName };

export interface LinkHolds {
  hold(link: Link, holder: string, expiresAtMs: number): Promise<void>;
  release(link: Link, holder: string): Promise<void>;
}

export function createLinkHolds(machinery: Machinery): LinkHolds {
  const holders = new Map<string, Set<string>>();
  // One change of a link at a time: a heal that overtakes a cut would leave the link held by nobody.
  const queues = new Map<string, Promise<void>>();

  const inTurn = (key: string, change: () => Promise<void>): Promise<void> => {
    const turn = (queues.get(key) ?? Promise.resolve()).then(change);
    queues.set(
      key,
      turn.catch(() => {}),
    );
    return turn;
  };
  const holdersOf = (key: string): Set<string> => {
    const known = holders.get(key) ?? new Set();
    holders.set(key, known);
    return known;
  };

  return {
    hold(link, holder, expiresAtMs) {
      const key = nameOf(link);
      return inTurn(key, async () => {
        machinery.lease({ id: leaseId(holder, key), expiresAtMs, undo: undoOf(link) });
        holdersOf(key).add(holder);
        await cut(machinery, link);
      });
    },
    release(link, holder) {
      const key = nameOf(link);
      return inTurn(key, async () => {
        if (!holdersOf(key).delete(holder)) return;
        // A heal that throws leaves the lease: the guardian then heals when it runs out.
        if (holdersOf(key).size === 0) await heal(machinery, link);
        machinery.releaseLease(leaseId(holder, key));
      });
    },
  };
}

export const nameOf = (link: Link): string =>
  link.kind === "customers" ? `customers:${link.region}` : `between:${[link.a, link.b].sort().join("+")}`;

const leaseId = (holder: string, key: string): string => `${holder}/${key}`;

function undoOf(link: Link): Parameters<Machinery["lease"]>[0]["undo"] {
  return link.kind === "customers"
    ? { kind: "heal-customers", region: link.region }
    : { kind: "heal-between", a: link.a, b: link.b };
}

const cut = (machinery: Machinery, link: Link): Promise<void> =>
  link.kind === "customers" ? machinery.cutCustomers(link.region) : machinery.cutBetween(link.a, link.b);
const heal = (machinery: Machinery, link: Link): Promise<void> =>
  link.kind === "customers" ? machinery.healCustomers(link.region) : machinery.healBetween(link.a, link.b);
