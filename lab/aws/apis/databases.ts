/** RDS as runbooks use it: describe, promote, rebuild as a replica, switch over. Names are those of the lab's three databases. */
import type { DatabaseName, DatabaseStatus, Machinery } from "../../machinery.ts";
import { accountId, ApiError, type JsonObject } from "../wire.ts";
import { lastOfArn, only, optionalText, requiredText, type ApiCalls } from "./call.ts";
import type { Operations } from "./operations.ts";

const wrongState = (message: string): ApiError => new ApiError("InvalidDBInstanceState", message);

export function databaseCalls(machinery: Machinery, operations: Operations): ApiCalls {
  const find = async (identifier: string): Promise<DatabaseStatus> => {
    const found = (await machinery.databases()).find((database) => database.name === lastOfArn(identifier));
    if (found === undefined) throw new ApiError("DBInstanceNotFound", `DBInstance ${identifier} not found.`, 404);
    return found;
  };
  const refuseWhileBusy = (name: DatabaseName): void => {
    const progress = operations.of(key(name));
    if (progress?.status === "under way") throw wrongState(`${name} is ${progress.word}.`);
  };
  const described = async (name: DatabaseName): Promise<JsonObject> => {
    const all = await machinery.databases();
    const database = all.find((candidate) => candidate.name === name);
    return { DBInstance: database === undefined ? {} : describe(database, all, operations) };
  };

  return {
    "rds:DescribeDBInstances": async (parameters) => {
      only(parameters, "DBInstanceIdentifier");
      const identifier = optionalText(parameters, "DBInstanceIdentifier");
      const wanted = identifier === null ? null : (await find(identifier)).name;
      const all = await machinery.databases();
      const chosen = all.filter((database) => wanted === null || database.name === wanted);
      return { DBInstances: chosen.map((database) => describe(database, all, operations)) };
    },
    "rds:PromoteReadReplica": async (parameters) => {
      only(parameters, "DBInstanceIdentifier");
      const { name, role } = await find(requiredText(parameters, "DBInstanceIdentifier"));
      refuseWhileBusy(name);
      if (role !== "standby") throw wrongState(`${name} is not a read replica (its role is ${role}).`);
      operations.begin([key(name)], "modifying", () => machinery.promote(name));
      return described(name);
    },
    "rds:CreateDBInstanceReadReplica": async (parameters) => {
      only(parameters, "DBInstanceIdentifier", "SourceDBInstanceIdentifier", "SourceRegion");
      const replica = await find(requiredText(parameters, "DBInstanceIdentifier"));
      const source = await find(requiredText(parameters, "SourceDBInstanceIdentifier"));
      refuseWhileBusy(replica.name);
      if (replica.name === source.name) throw wrongState(`${replica.name} cannot replicate from itself.`);
      // The rebuild wipes the volume: a database that may be serving customers is never wiped.
      if (replica.role === "primary" && replica.state === "running") {
        throw new ApiError(
          "DBInstanceAlreadyExists",
          `${replica.name} is a running writer; fence it or stop it before it is rebuilt.`,
        );
      }
      operations.begin([key(replica.name)], "creating", () => machinery.createReplica(replica.name, source.name));
      return described(replica.name);
    },
    "rds:SwitchoverReadReplica": async (parameters) => {
      only(parameters, "DBInstanceIdentifier");
      const { name, role } = await find(requiredText(parameters, "DBInstanceIdentifier"));
      const writer = (await machinery.databases()).find(
        (database) => database.role === "primary" && database.state === "running",
      );
      refuseWhileBusy(name);
      if (role !== "standby") throw wrongState(`${name} is not a read replica (its role is ${role}).`);
      if (writer === undefined) throw wrongState("There is no running writer to switch over from.");
      refuseWhileBusy(writer.name);
      operations.begin([key(name), key(writer.name)], "modifying", () => machinery.switchover(name));
      return described(name);
    },
  };
}

const key = (name: DatabaseName): string => `db:${name}`;

function describe(database: DatabaseStatus, all: readonly DatabaseStatus[], operations: Operations): JsonObject {
  const progress = operations.of(key(database.name));
  const status = progress === null ? database.status : progress.status === "failed" ? "failed" : progress.word;
  const source = all.find((candidate) => candidate.name === database.source);
  return {
    DBInstanceIdentifier: database.name,
    DBInstanceArn: arnOf(database),
    DBInstanceStatus: status,
    Engine: "postgres",
    ReadReplicaDBInstanceIdentifiers: all.filter((other) => other.source === database.name).map((other) => other.name),
    ...(source === undefined
      ? {}
      : { ReadReplicaSourceDBInstanceIdentifier: source.region === database.region ? source.name : arnOf(source) }),
    StatusInfos: [
      ...(database.role === "standby" ? [replication(database)] : []),
      ...(progress?.status === "failed"
        ? [{ StatusType: "operation", Normal: false, Status: "error", Message: progress.reason }]
        : []),
    ],
  };
}

function replication({ replication: state }: DatabaseStatus): JsonObject {
  const normal = state === "streaming" || state === "catchup";
  return { StatusType: "read replication", Normal: normal, Status: normal ? "replicating" : "error" };
}

const arnOf = (database: DatabaseStatus): string => `arn:aws:rds:${database.region}:${accountId}:db:${database.name}`;
