/** The two AWS clients. The lab is only another endpoint URL: nothing here or above knows which side answers. */
import { FisClient } from "@aws-sdk/client-fis";
import { SSMClient } from "@aws-sdk/client-ssm";
import type { Endpoints } from "../model/environment.ts";

function settings(endpoints: Endpoints) {
  const { aws } = endpoints;
  return {
    region: aws.region,
    maxAttempts: 4,
    ...(aws.endpointUrl === undefined ? {} : { endpoint: aws.endpointUrl }),
    ...(aws.credentials === undefined ? {} : { credentials: aws.credentials }),
  };
}

export function createFisClient(endpoints: Endpoints): FisClient {
  return new FisClient(settings(endpoints));
}

export function createSsmClient(endpoints: Endpoints): SSMClient {
  return new SSMClient(settings(endpoints));
}
