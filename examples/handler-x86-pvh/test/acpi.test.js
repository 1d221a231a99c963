import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acpiTables } from '../dist/index.js';

const sum = (bytes) => bytes.reduce((total, byte) => total + byte, 0) % 256;
const view = ({ buffer, byteOffset, byteLength }) => new DataView(buffer, byteOffset, byteLength);
const text = (bytes, at, length) => new TextDecoder().decode(bytes.subarray(at, at + length));

/** A table by its address in the guest, as long as it says. */
function tableAt({ data, addressBytes }, address) {
  const at = Number(address) - addressBytes;
  return data.subarray(at, at + view(data).getUint32(at + 4, true));
}

for (const vcpus of [1, 2, 3, 128]) {
  test(`a guest of ${vcpus} vcpus finds every table from the RSDP, each summing up to zero`, () => {
    const [rsdp, tables] = acpiTables(vcpus);
    assert.equal(text(rsdp.data, 0, 8), 'RSD PTR ');
    assert.equal(sum(rsdp.data.subarray(0, 20)), 0);
    assert.equal(sum(rsdp.data), 0);
    const xsdt = tableAt(tables, view(rsdp.data).getBigUint64(24, true));
    assert.equal(text(xsdt, 0, 4), 'XSDT');
    const found = [];
    for (let at = 36; at < xsdt.length; at += 8) found.push(tableAt(tables, view(xsdt).getBigUint64(at, true)));
    assert.deepEqual(
      found.map((table) => text(table, 0, 4)),
      ['FACP', 'APIC'],
    );
    const [fadt, madt] = found;
    const dsdt = tableAt(tables, view(fadt).getUint32(40, true));
    assert.equal(text(dsdt, 0, 4), 'DSDT');
    assert.equal(BigInt(view(fadt).getUint32(40, true)), view(fadt).getBigUint64(140, true));
    for (const table of [xsdt, fadt, madt, dsdt]) assert.equal(sum(table), 0);

    const ids = [];
    for (let at = 44; at < madt.length; at += madt[at + 1]) {
      assert.equal(madt[at], 0, 'a local APIC');
      assert.equal(view(madt).getUint32(at + 4, true), 1, 'enabled');
      ids.push(madt[at + 3]);
    }
    assert.deepEqual(
      ids,
      Array.from({ length: vcpus }, (_, vcpu) => 2 * vcpu),
    );
  });
}

test('the RSDP has a page of its own: the builder gives each blob whole pages', () => {
  const [rsdp, tables] = acpiTables(128);
  assert.equal(rsdp.addressBytes, 0xfc000000);
  assert.equal(tables.addressBytes, 0xfc001000);
});
