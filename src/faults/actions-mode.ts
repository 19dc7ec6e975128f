/**
 * StartExperiment with `experimentOptions.actionsMode` ("skip-all" = resolve the targets, do nothing), FIS API 2020-12-01.
 * @aws-sdk/client-fis 3.523.0 drops this member when it serialises, so that a dry run would be REAL. This puts it back
 * after serialisation and before signing; with an SDK that knows the member it changes nothing. The caller must still
 * read back what the service understood (see preview in experiment.ts).
 */
import { StartExperimentCommand, type StartExperimentCommandInput } from "@aws-sdk/client-fis";

export type ActionsMode = "skip-all" | "run-all";

interface SerializedRequest {
  body: unknown;
  headers: Record<string, string>;
}

export function startExperimentCommand(
  input: StartExperimentCommandInput,
  actionsMode: ActionsMode,
): StartExperimentCommand {
  const command = new StartExperimentCommand(input);
  command.middlewareStack.add(
    (next) => async (args) => {
      const request = args.request as SerializedRequest;
      const body = JSON.parse(String(request.body)) as Record<string, unknown>;
      request.body = JSON.stringify({ ...body, experimentOptions: { actionsMode } });
      request.headers["content-length"] = String(Buffer.byteLength(String(request.body)));
      return await next(args);
    },
    { step: "serialize", name: "keepExperimentOptions", priority: "low" },
  );
  return command;
}
