/**
 * The requests of one create: the nodes that a PV guest of two virtual CPUs has, with least-privilege permissions,
 * below `/bench/create`, so that no other program sees a guest in them.
 */
export function createRequests(domid) {
  const uuid = '6f9d3c1e-8a2b-4c55-9a67-0d1e2f3a4b5c';
  const local = `/bench/create/local/domain/${domid}`;
  const vm = `/bench/create/vm/${uuid}`;
  const readable = ['n0', `r${domid}`];
  const own = [`n${domid}`];
  return [
    { op: 'mkdir', path: local, permissions: readable },
    { op: 'mkdir', path: vm, permissions: readable },
    { op: 'mkdir', path: `${local}/cpu`, permissions: readable },
    { op: 'mkdir', path: `${local}/memory`, permissions: readable },
    { op: 'mkdir', path: `${local}/device`, permissions: readable },
    { op: 'mkdir', path: `${local}/control`, permissions: readable },
    { op: 'mkdir', path: `${local}/control/shutdown`, permissions: own },
    { op: 'mkdir', path: `${local}/control/sysrq`, permissions: own },
    { op: 'mkdir', path: `${local}/data`, permissions: own },
    { op: 'mkdir', path: `${local}/error`, permissions: own },
    { op: 'write', path: `${local}/name`, value: 'bench' },
    { op: 'write', path: `${local}/vm`, value: `/vm/${uuid}` },
    { op: 'write', path: `${local}/domid`, value: String(domid) },
    { op: 'write', path: `${vm}/uuid`, value: uuid },
    { op: 'write', path: `${vm}/name`, value: 'bench' },
    { op: 'write', path: `${vm}/image/ostype`, value: 'linux' },
    { op: 'write', path: `${vm}/image/kernel`, value: '/boot/vmlinuz' },
    { op: 'write', path: `${vm}/image/cmdline`, value: 'console=hvc0 quiet' },
    { op: 'write', path: `${vm}/start_time`, value: '1700000000.00' },
    { op: 'write', path: `${local}/memory/static-max`, value: '65536' },
    { op: 'write', path: `${local}/memory/target`, value: '65536' },
    { op: 'write', path: `${local}/store/port`, value: '1' },
    { op: 'write', path: `${local}/store/ring-ref`, value: '1044476' },
    { op: 'write', path: `${local}/cpu/0/availability`, value: 'online' },
    { op: 'write', path: `${local}/cpu/1/availability`, value: 'online' },
    { op: 'write', path: `${local}/control/platform-feature-multiprocessor-suspend`, value: '1' },
    { op: 'write', path: `${local}/console/ring-ref`, value: '1044479', permissions: readable },
    { op: 'write', path: `${local}/console/port`, value: '2', permissions: readable },
    { op: 'write', path: `${local}/console/limit`, value: '1048576', permissions: readable },
    { op: 'write', path: `${local}/console/type`, value: 'xenconsoled', permissions: readable },
    { op: 'write', path: `${local}/console/output`, value: 'pty' },
  ];
}

/** The same as the lines that witness.c reads. */
export function requestLines(operations) {
  return operations.flatMap(({ op, path, value, permissions }) => [
    `${op.toUpperCase()}\t${path}\t${value ?? ''}`,
    ...(permissions === undefined ? [] : [`SET_PERMS\t${path}\t${permissions.join(',')}`]),
  ]);
}
