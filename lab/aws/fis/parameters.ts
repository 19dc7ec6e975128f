/** Parameters of FIS actions: what each may hold. The bounds are FIS's; the least duration is the lab's to relax (`minimumDurationMs`). */
import { isoDurationMs } from "../iso-duration.ts";

export interface ParameterRule {
  readonly description: string;
  readonly required: boolean;
  readonly kind:
    | { readonly is: "text" }
    | { readonly is: "boolean" }
    | { readonly is: "number"; readonly min: number; readonly max: number }
    | { readonly is: "choice"; readonly choices: readonly string[] }
    | { readonly is: "duration"; readonly minMs: number; readonly maxMs: number };
}

const second = 1000;
export const minute = 60 * second;
const twelveHours = 12 * 60 * minute;

const rule = (description: string, kind: ParameterRule["kind"]): ParameterRule => ({
  description,
  required: true,
  kind,
});

export const optional = (of: ParameterRule): ParameterRule => ({ ...of, required: false });
export const text = (description: string): ParameterRule => rule(description, { is: "text" });
export const flag = (description: string): ParameterRule => rule(description, { is: "boolean" });
export const number = (description: string, min: number, max: number): ParameterRule =>
  rule(description, { is: "number", min, max });
export const percentage = (description: string): ParameterRule => number(description, 0, 100);
export const choice = (description: string, ...choices: string[]): ParameterRule =>
  rule(description, { is: "choice", choices });
export const duration = (
  description = "How long the action lasts (ISO 8601)",
  minMs = minute,
  maxMs = twelveHours,
): ParameterRule => rule(description, { is: "duration", minMs, maxMs });
export const oneSecond = second;

/** What is wrong with the value, or null. `minimumDurationMs` lowers FIS's one minute, it never raises a bound. */
export function complaint(of: ParameterRule, value: string, minimumDurationMs: number): string | null {
  const { kind } = of;
  if (kind.is === "duration") return durationComplaint(kind, value, minimumDurationMs);
  if (kind.is === "number") {
    const parsed = value.trim() === "" ? Number.NaN : Number(value);
    const inside = parsed >= kind.min && parsed <= kind.max;
    return inside ? null : `"${value}" is not a number from ${kind.min} to ${kind.max}`;
  }
  if (kind.is === "text") return null;
  const choices = kind.is === "boolean" ? ["true", "false"] : kind.choices;
  return choices.includes(value) ? null : `"${value}" is not one of ${choices.join(", ")}`;
}

function durationComplaint(
  kind: { readonly minMs: number; readonly maxMs: number },
  value: string,
  minimumDurationMs: number,
): string | null {
  const ms = isoDurationMs(value);
  if (ms === null) return `"${value}" is not an ISO-8601 duration such as "PT3M"`;
  const minMs = Math.min(kind.minMs, minimumDurationMs);
  if (ms < minMs) return `${value} is shorter than the least duration, ${minMs / second} s`;
  return ms <= kind.maxMs ? null : `${value} is longer than the longest duration, ${kind.maxMs / minute} minutes`;
}
