/** The categories of failures: one table (reports/allure/categories.json) for both generations of Allure. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import type { AllureStatus } from "./criteria.ts";

const categoriesFile = new URL("../../reports/allure/categories.json", import.meta.url);

const categorySchema = z.strictObject({
  name: z.string(),
  matchedStatuses: z.array(z.enum(["failed", "broken", "passed", "skipped"])),
  messageRegex: z.string().optional(),
});

interface Category {
  readonly name: string;
  readonly matchedStatuses: readonly AllureStatus[];
  readonly messageRegex?: string;
}

/** As Allure 2 reads them. Its pattern must match the whole message. */
export function categories(): readonly Category[] {
  const parsed = z.array(categorySchema).parse(JSON.parse(readFileSync(categoriesFile, "utf8")));
  return parsed.map(({ name, matchedStatuses, messageRegex }) => ({
    name,
    matchedStatuses,
    ...(messageRegex === undefined ? {} : { messageRegex }),
  }));
}

/** The same as Allure 3's rules, which go into its configuration. */
export function categoryRules(): readonly {
  readonly name: string;
  readonly matchers: { readonly statuses: readonly string[]; readonly message?: RegExp };
}[] {
  return categories().map(({ name, matchedStatuses, messageRegex }) => ({
    name,
    matchers: {
      statuses: matchedStatuses,
      ...(messageRegex === undefined ? {} : { message: new RegExp(messageRegex) }),
    },
  }));
}
