import type { Actor } from '../domain/audit-entry.js';
import { badUserInput } from '../domain/errors.js';
import type { Principal } from '../domain/principal.js';
import type { ClientInfo } from '../domain/session.js';
import type { GraphQLContext, SignedIn } from './context.js';

const LONGEST_DEVICE_NAME = 100;

/**
 * What the client said of itself, with the name that the user gave the device.
 *
 * @throws AuthError `BAD_USER_INPUT` for a name of more than 100 characters
 */
export function clientInfo({ client }: GraphQLContext, deviceName: string | null | undefined): ClientInfo {
  if (deviceName != null && [...deviceName].length > LONGEST_DEVICE_NAME) {
    throw badUserInput('deviceName', `A device name has at most ${LONGEST_DEVICE_NAME} characters.`);
  }
  return { deviceName: deviceName ?? null, ...client };
}

/** Who acts by the request, and from where. */
export const actorOf = ({
  principal,
  client,
}: SignedIn<GraphQLContext>): Actor & Pick<Principal, 'userId' | 'sessionId'> => ({
  client,
  ...principal,
});
