/** What many lines say alike (an answer, the condition of a row) is held once, under a number. What cannot have one gets one of these instead. */
const refused = { region: -1, kinds: -2 } as const;

export type Refusal = keyof typeof refused;

export const refusals: Readonly<Record<Refusal, string>> = {
  region: "its Region's number is beyond those that the header lists",
  kinds: "it is of more than 65,536 different kinds",
};

export const isRefused = (number: number): boolean => number < 0;
export const refusalOf = (number: number): Refusal => (number === refused.region ? "region" : "kinds");

/** The next number, after `taken` others, for something of that Region. */
export function nextNumber(taken: number, region: number, regions: number): number {
  if (region > regions) return refused.region;
  return taken > 0xffff ? refused.kinds : taken;
}
