/**
 * The FIS actions as the service's reference lists them: exactly 50 ids, their target slot and parameters. The lab can do five of them
 * (local-actions.ts); the rest validate as in AWS and fail when they run, so that no drill passes on a fault that never was.
 */
import type { ActionDefinition } from "./action-definition.ts";
import { containerActions } from "./container-actions.ts";
import { resourceActions } from "./resource-actions.ts";

export type { ActionDefinition };

export const actionCatalog: readonly ActionDefinition[] = [...containerActions, ...resourceActions].sort((a, b) =>
  a.id < b.id ? -1 : 1,
);

const byId = new Map(actionCatalog.map((definition) => [definition.id, definition]));
export const actionDefinition = (id: string): ActionDefinition | null => byId.get(id) ?? null;
