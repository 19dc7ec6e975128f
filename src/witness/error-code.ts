/**
 * What went wrong with a request, as the number that k6 has for it (its lib/netext/httpext/error_codes.go), so that one classification
 * serves both witnesses. The difference that matters: did the connection never come to be, so that nothing was sent?
 */
import { noSocketCode } from "../model/ledger.ts";

const codes = {
  other: 1000,
  timeout: 1050,
  dns: 1100,
  noSuchHost: 1101,
  tcp: 1200,
  brokenPipe: 1201,
  dial: 1210,
  dialTimeout: 1211,
  dialRefused: 1212,
  dialOther: 1213,
  reset: 1220,
  tls: 1300,
  unknownAuthority: 1310,
  otherHostname: 1311,
} as const;

const unknownAuthorities: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** k6 gives an answer of 400 or more a code too. */
export const statusCode = (status: number): number => (status >= 400 && status <= 599 ? 1000 + status : 0);

export const timeoutCode: number = codes.timeout;

export function errorCode(error: unknown): number {
  if (!(error instanceof Error)) return codes.other;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  const syscall = "syscall" in error && typeof error.syscall === "string" ? error.syscall : "";
  if (syscall.startsWith("query") || syscall === "getaddrinfo")
    // The name does not exist, or has no address; anything else is a name server's trouble.
    return code === "ENOTFOUND" || code === "ENODATA" ? codes.noSuchHost : codes.dns;
  if (syscall === "connect") return dialCode(code);
  if (code === "EPIPE") return codes.brokenPipe;
  // Without a system call it is Node's name for a connection that the other side closed in order before it had answered.
  if (code === "ECONNRESET") return syscall === "" ? codes.other : codes.reset;
  if (unknownAuthorities.has(code)) return codes.unknownAuthority;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return codes.otherHostname;
  if (code.startsWith("ERR_TLS") || code.startsWith("ERR_SSL") || code.startsWith("CERT_")) return codes.tls;
  return syscall === "" ? codes.other : codes.tcp;
}

const ownTrouble: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "EADDRNOTAVAIL", "ENOBUFS"]);

function dialCode(code: string): number {
  if (ownTrouble.has(code)) return noSocketCode;
  if (code === "ECONNREFUSED") return codes.dialRefused;
  if (code === "ETIMEDOUT") return codes.dialTimeout;
  return code === "" ? codes.dial : codes.dialOther;
}
