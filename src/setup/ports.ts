/**
 * Does this machine have enough ports for the load? Each transaction opens a connection and closes it first, and then its port stays taken
 * for a minute (TIME_WAIT, Linux), to each address of the service apart.
 */
import { readFileSync } from "node:fs";
import { unavailable } from "../model/user-error.ts";

export interface PortSettings {
  readonly ports: number;
  /** The kernel gives ports in TIME_WAIT out again (net.ipv4.tcp_tw_reuse = 1; 2, the default, does so for loopback only). */
  readonly reused: boolean;
}

/** null: not Linux, not known. */
export function readPortSettings(): PortSettings | null {
  const read = (name: string): string => readFileSync(`/proc/sys/net/ipv4/${name}`, "utf8").trim();
  try {
    const [first = 0, last = 0] = read("ip_local_port_range").split(/\s+/).map(Number);
    return { ports: last - first + 1, reused: read("tcp_tw_reuse") === "1" };
  } catch {
    return null;
  }
}

export function portsFor(perMinute: number, addresses: number, settings: PortSettings): string {
  const { ports, reused } = settings;
  const count = (value: number): string => value.toLocaleString("en-US");
  const each = Math.ceil(perMinute / Math.max(1, addresses));
  if (reused) return `${count(ports)}, given out again at once`;
  if (each <= ports) return `${count(each)} of ${count(ports)} at ${count(perMinute)} connections a minute`;
  throw unavailable(
    `${count(perMinute)} connections a minute need ${count(each)} ports for each of the service's addresses (${count(addresses)}), and this machine has ${count(ports)}: set net.ipv4.tcp_tw_reuse=1, or widen net.ipv4.ip_local_port_range`,
  );
}
