/** The account of a device id, which is `<account>.<random>`; empty when it is no such id. */
export function accountOfDevice(id: string): string {
  return id.slice(0, Math.max(0, id.lastIndexOf('.')));
}

/** The random part of a device id; it is also the id of the enrolment the device came by. */
export function enrolmentOfDevice(id: string): string {
  return id.slice(id.lastIndexOf('.') + 1);
}
