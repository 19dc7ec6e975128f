/** One FIS action as the catalog describes it. */
import type { ParameterRule } from "./parameters.ts";

export interface ActionDefinition {
  readonly id: string;
  readonly description: string;
  readonly parameters: Readonly<Record<string, ParameterRule>>;
  /** Target slot → resource type; every slot must be filled. */
  readonly targets: Readonly<Record<string, string>>;
}

export type Slot = readonly [slot: string, resourceType: string];

export const define = (
  id: string,
  description: string,
  slot: Slot | null,
  parameters: ActionDefinition["parameters"] = {},
): ActionDefinition => ({
  id,
  description,
  parameters,
  targets: slot === null ? {} : { [slot[0]]: slot[1] },
});
