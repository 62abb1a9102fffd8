import type { Devices } from '../devices/devices.ts';
import { accountOfDevice } from '../protocol/device-id.ts';

/** A push service said a subscription is dead (404, 410): forgotten, unless the device has another by now. */
export async function forgetSubscription(
  devices: Devices,
  deviceId: string,
  endpoint: string,
): Promise<void> {
  const device = await devices.find(deviceId);
  if (!device || device.subscription?.endpoint !== endpoint) return;
  await devices.updateSubscription(accountOfDevice(deviceId), deviceId, null);
}
