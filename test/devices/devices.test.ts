import { expect } from 'chai';
import { DeviceError } from '../../src/devices/device-error.ts';
import { createDevices, type Devices, MAX_DEVICES } from '../../src/devices/devices.ts';
import { cancel, claim, confirm, type Enrolment } from '../../src/devices/enrolment.ts';
import type { Store } from '../../src/store/port.ts';
import { nobleKey } from '../../src/terminal-device/noble-key.ts';
import { sampleDevice } from '../support/sample-challenge.ts';
import { tempStore } from '../support/temp-store.ts';

async function codeOf(act: Promise<unknown>): Promise<string> {
  try {
    await act;
    return 'ok';
  } catch (error) {
    if (error instanceof DeviceError) return error.code;
    throw error;
  }
}

describe('devices/devices', () => {
  let store: Store;
  let close: () => Promise<void>;
  let devices: Devices;
  before(async () => {
    ({ store, close } = await tempStore());
    devices = createDevices(store);
  });
  after(() => close());

  it('R22: a key belongs to one device of one account, also after its device was revoked', async () => {
    const key = nobleKey('EdDSA');
    const first = await sampleDevice(key, { id: 'one.a' });
    await devices.add(first);
    await devices.add(first);
    expect(await devices.active('one')).to.have.length(1);
    expect(await codeOf(devices.add(await sampleDevice(key, { id: 'two.a' })))).to.equal('key_in_use');
    await devices.revoke('one', 'one.a');
    expect(await codeOf(devices.add(await sampleDevice(key, { id: 'one.b' })))).to.equal('key_in_use');
  });

  it('R29: another person’s device is not found, and stays', async () => {
    await devices.add(await sampleDevice(nobleKey('EdDSA'), { id: 'alice.a' }));
    expect(await codeOf(devices.revoke('mallory', 'alice.a'))).to.equal('not_found');
    expect(await codeOf(devices.rename('mallory', 'alice.a', 'x'))).to.equal('not_found');
    expect(await codeOf(devices.updateSubscription('mallory', 'alice.a', null))).to.equal('not_found');
    expect(await devices.active('alice')).to.have.length(1);
  });

  it('holds 20 active devices, and replaces them all in one write when asked', async () => {
    for (let i = 0; i < MAX_DEVICES; i++)
      await devices.add(await sampleDevice(nobleKey('EdDSA'), { id: `many.${i}` }));
    const more = await sampleDevice(nobleKey('EdDSA'), { id: 'many.more' });
    expect(await codeOf(devices.add(more))).to.equal('too_many_devices');
    await devices.add(more, { replace: true });
    expect((await devices.active('many')).map((d) => d.id)).to.deep.equal(['many.more']);
  });

  it('R26: an enrolment is spent once, within 10 minutes; R27: only the device that was shown is confirmed', async () => {
    const device = await sampleDevice(nobleKey('EdDSA'));
    const open = { state: 'open', expiresAt: 600_000 } as Enrolment;
    expect(claim(open, device, 600_000)).to.deep.equal({ refused: 'expired' });
    const claimed = claim(open, device, 599_999) as { next: Enrolment };
    expect(claimed.next.state).to.equal('claimed');
    expect(claim(claimed.next, device, 1)).to.deep.equal({ refused: 'used' });
    expect(confirm(open, device.thumbprint, 1)).to.deep.equal({ refused: 'unclaimed' });
    expect(confirm(claimed.next, 'other', 1)).to.deep.equal({ refused: 'other-device' });
    expect(confirm(claimed.next, device.thumbprint, 600_000)).to.deep.equal({ refused: 'expired' });
    const gone = cancel(claimed.next) as { next: Enrolment };
    expect(confirm(gone.next, device.thumbprint, 1)).to.deep.equal({ refused: 'cancelled' });
  });
});
