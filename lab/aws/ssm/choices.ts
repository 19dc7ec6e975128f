/** Conditions of aws:branch: a variable and one operator, or And, Or, Not of conditions. */
import { isObject, type JsonObject } from "../wire.ts";
import { asText } from "./references.ts";

type Test = (variable: string, operand: string) => boolean;

/** What is not a number equals none: Number("") would be 0, and an output that is missing would pass for "none found". */
const toNumber = (text: string): number => (text.trim() === "" ? Number.NaN : Number(text));

const numeric =
  (compare: (a: number, b: number) => boolean): Test =>
  (a, b) =>
    compare(toNumber(a), toNumber(b));

const operators: Readonly<Record<string, Test>> = {
  StringEquals: (a, b) => a === b,
  EqualsIgnoreCase: (a, b) => a.toLowerCase() === b.toLowerCase(),
  StartsWith: (a, b) => a.startsWith(b),
  EndsWith: (a, b) => a.endsWith(b),
  Contains: (a, b) => a.includes(b),
  NumericEquals: numeric((a, b) => a === b),
  NumericGreater: numeric((a, b) => a > b),
  NumericLesser: numeric((a, b) => a < b),
  NumericGreaterOrEquals: numeric((a, b) => a >= b),
  NumericLesserOrEquals: numeric((a, b) => a <= b),
  BooleanEquals: (a, b) => a.toLowerCase() === b.toLowerCase(),
};

/** What is wrong with the condition, or null. */
export function checkChoice(condition: JsonObject): string | null {
  for (const combination of ["And", "Or"]) {
    const parts = condition[combination];
    if (parts === undefined) continue;
    if (!Array.isArray(parts) || parts.length === 0) return `${combination} must be a list of conditions`;
    return (
      parts
        .map((part) => (isObject(part) ? checkChoice(part) : `${combination} must be a list of conditions`))
        .find((wrong) => wrong !== null) ?? null
    );
  }
  const negated = condition["Not"];
  if (negated !== undefined) return isObject(negated) ? checkChoice(negated) : "Not must be a condition";
  const used = Object.keys(condition).filter((name) => name !== "Variable");
  const [operator] = used;
  if (condition["Variable"] === undefined) return "a condition needs a Variable";
  if (used.length !== 1 || operator === undefined || !Object.hasOwn(operators, operator)) {
    return `a condition needs one operator of ${Object.keys(operators).join(", ")}`;
  }
  return null;
}

/** The condition with its references already substituted. */
export function holds(condition: JsonObject): boolean {
  const { And: and, Or: or, Not: not } = condition;
  if (Array.isArray(and)) return and.every((part) => isObject(part) && holds(part));
  if (Array.isArray(or)) return or.some((part) => isObject(part) && holds(part));
  if (isObject(not)) return !holds(not);
  const [operator = ""] = Object.keys(condition).filter((name) => name !== "Variable");
  const test = operators[operator];
  return test !== undefined && test(asText(condition["Variable"]), asText(condition[operator]));
}
