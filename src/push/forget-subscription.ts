import type { Devices } from '../devices/devices.ts';

/** A push service said a subscription is dead (404, 410): forgotten, unless the device has another by now. */
export async function forgetSubscription(
  devices: Devices,
  deviceId: string,
  endpoint: string,
): Promise<void> {
  const device = await devices.find(deviceId);
  if (!device || device.subscription?.endpoint !== endpoint) return;
  await devices.updateSubscription(deviceId.slice(0, deviceId.lastIndexOf('.')), deviceId, null);
}
