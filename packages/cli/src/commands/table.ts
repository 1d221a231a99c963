import type { CommandDefinition } from './definition.js';
import { PLUGINS } from '../plugins/options.js';
import { DOMAIN, DRIVER, FILE, READING, SERVICE, STATE } from './options.js';

/** Every command. Their code is loaded when one is run. */
export const COMMANDS: readonly CommandDefinition[] = [
  {
    name: 'plan',
    summary: 'show what creating a guest would do, and do nothing',
    description:
      'Decides everything about a guest and prints it: memory figures, actions in order, xenstore records with their ' +
      "permissions, and the device model's command line. A file that is missing is a finding, not a failure. It needs " +
      'neither Xen nor root: away from a dom0 it plans for a typical Xen 4.17 host.',
    arguments: [FILE],
    options: [
      ...READING,
      {
        flags: '--host <file>',
        description: 'plan for the host that these facts (JSON) describe; --json plans print some',
        complete: 'file',
      },
      { flags: '--explain', description: 'show the formula and the inputs of each memory figure' },
      ...DRIVER,
      ...PLUGINS,
    ],
    examples: [
      ['xen-image plan guest.cfg --explain', 'the plan, each memory figure with its formula'],
      ['xen-image plan guest.cfg --json | jq .plan.memory', 'the figures for a program'],
      ['xen-image plan old.cfg --profile xend --arch ia64', 'what xend did with an ia64 guest'],
    ],
    load: async () => (await import('./bodies.js')).plan,
  },
  {
    name: 'create',
    summary: 'create a guest and start it',
    description:
      'Plans the guest and carries the plan out. A failure, or Ctrl-C, undoes everything that was taken. Needs root in ' +
      'a dom0, or --driver sim.',
    arguments: [FILE],
    options: [
      { flags: '--paused', description: 'leave the guest paused' },
      { flags: '--wait', description: 'stay until the guest is gone, and do what its on_poweroff and its like say' },
      ...READING,
      ...DRIVER,
      ...PLUGINS,
      ...SERVICE,
    ],
    examples: [
      ['xen-image create guest.cfg', 'create the guest on this Xen host'],
      ['xen-image create guest.cfg --driver sim', 'create it on the simulated host'],
    ],
    load: async () => (await import('./bodies.js')).create,
  },
  {
    name: 'destroy',
    summary: 'end a domain at once and remove what stands for it',
    description:
      'Ends a domain without asking its guest: its device model, its memory, its records. Like pulling the plug.',
    arguments: [DOMAIN],
    options: [...DRIVER, ...SERVICE],
    examples: [
      ['xen-image destroy web1', 'by name'],
      ['xen-image destroy 7', 'by domid'],
    ],
    load: async () => (await import('./bodies.js')).destroy,
  },
  {
    name: 'list',
    summary: 'list the domains that run',
    description: 'Lists domains with their state, memory and uptime, whichever toolstack made them.',
    arguments: [{ ...DOMAIN, required: false, variadic: true }],
    options: [...DRIVER, ...SERVICE],
    examples: [
      ['xen-image list', 'all domains'],
      ['xen-image list web1 --json', 'one domain, for a program'],
    ],
    load: async () => (await import('./bodies.js')).list,
  },
  {
    name: 'pause',
    summary: 'stop the vcpus of a domain',
    description: 'Stops the vcpus of a domain; its memory stays. `unpause` lets them go on.',
    arguments: [DOMAIN],
    options: [...DRIVER, ...SERVICE],
    examples: [['xen-image pause web1', 'stop the guest where it is']],
    load: async () => (await import('./bodies.js')).pause,
  },
  {
    name: 'unpause',
    summary: 'let the vcpus of a paused domain go on',
    description: 'Lets a domain run that was paused, or created with --paused.',
    arguments: [DOMAIN],
    options: [...DRIVER, ...SERVICE],
    examples: [['xen-image unpause web1', 'let the guest go on']],
    load: async () => (await import('./bodies.js')).unpause,
  },
  {
    name: 'save-device-model',
    summary: "write the state of a guest's emulated devices to a file; the guest rests",
    description:
      'Brings an HVM guest to rest and writes the state of its emulated devices to a new file. Its memory stays in the ' +
      'hypervisor. `restore-device-model` lets it go on with a new device model, as after an update of QEMU; `resume` with ' +
      'the one that it has.',
    arguments: [DOMAIN, STATE],
    options: [...DRIVER],
    examples: [['xen-image save-device-model web1 /run/web1.qemu', 'then restore-device-model, or resume']],
    load: async () => (await import('./bodies.js')).saveDeviceModel,
  },
  {
    name: 'restore-device-model',
    summary: 'start a new device model from saved state; the guest goes on',
    description:
      'Ends the device model of a guest that rests since its state was saved, starts a new one from that state, and lets ' +
      'the guest go on. Where that fails the guest rests on, and `recover` tries again.',
    arguments: [DOMAIN, STATE],
    options: [...PLUGINS, ...DRIVER],
    examples: [['xen-image restore-device-model web1 /run/web1.qemu', 'the file can be removed afterwards']],
    load: async () => (await import('./bodies.js')).restoreDeviceModel,
  },
  {
    name: 'resume',
    summary: 'let a guest go on whose device model was saved',
    description:
      'Lets a guest go on that rests since its device model was saved, with the device model that it has. The saved state ' +
      'fits no more afterwards.',
    arguments: [DOMAIN],
    options: [...DRIVER],
    examples: [['xen-image resume web1', 'in place of restore-device-model']],
    load: async () => (await import('./bodies.js')).resume,
  },
  {
    name: 'shutdown',
    summary: 'ask a guest to end, and wait until it has',
    description:
      'Asks the guest through xenstore to power off, or to reboot, as its own kernel does it, and waits. What follows is ' +
      'what on_poweroff and on_reboot say, where `watch` runs; else the domain stays, shut down, until it is destroyed.',
    arguments: [DOMAIN],
    options: [
      { flags: '--reboot', description: 'ask it to reboot' },
      { flags: '--no-wait', description: 'ask and leave' },
      { flags: '--timeout <seconds>', description: 'how long it is waited for (default: 60)' },
      ...DRIVER,
    ],
    examples: [
      ['xen-image shutdown web1', 'power it off'],
      ['xen-image shutdown web1 --timeout 300 || xen-image destroy web1', 'with five minutes of grace'],
    ],
    load: async () => (await import('./bodies.js')).shutdown,
  },
  {
    name: 'console',
    summary: "attach to a guest's console",
    description:
      "Connects this terminal with the guest's console, or with the serial line of an HVM guest. Ctrl-] leaves it. " +
      'Without a terminal it passes on what comes in and prints what comes out, until the guest is gone.',
    arguments: [DOMAIN],
    options: [
      {
        flags: '--type <type>',
        description: 'pv or serial (default: what the guest has)',
        complete: ['pv', 'serial'],
        closed: true,
      },
      ...DRIVER,
    ],
    examples: [
      ['xen-image console web1', 'log in; Ctrl-] leaves'],
      ['timeout 60 xen-image console web1 < /dev/null', 'see it boot'],
    ],
    load: async () => (await import('./bodies.js')).console,
  },
  {
    name: 'doctor',
    summary: 'look whether this host can make guests, and what to do where it cannot',
    description:
      'Looks at rights, Xen, its libraries and the table for calling them, xenstore, consoles, device model, firmware, ' +
      'memory, and what earlier processes left. Each line that is not well says what to do. The exit code is 1 where no ' +
      'guest can be made.',
    arguments: [],
    options: [],
    examples: [['xen-image doctor', 'before the first guest']],
    load: async () => (await import('./bodies.js')).doctor,
  },
  {
    name: 'watch',
    summary: 'act when a device model dies or a domain shuts down, for all guests',
    description:
      'Runs until it is ended, as a service does. A domain whose device model dies is marked crashed. A domain that shuts ' +
      'down is destroyed, restarted, renamed and restarted, or preserved, as on_poweroff, on_reboot, on_crash and ' +
      'on_watchdog of its configuration say. It finds what ran before it, and finishes what earlier processes left. ' +
      'With --json each event is a document on a line of its own.',
    arguments: [],
    options: [...PLUGINS, ...DRIVER],
    examples: [
      ['xen-image watch', 'in the foreground; a systemd unit ships with the package'],
      ['xen-image watch --json | jq -c \'select(.event.event == "device-model-died")\'', 'for a program'],
    ],
    load: async () => (await import('./bodies.js')).watch,
  },
  {
    name: 'serve',
    summary: 'carry out the short commands of other processes, without their start',
    description:
      'Runs until it is ended, as a service does, and carries out create, destroy, list, pause and unpause for processes of ' +
      'the same user: in their directory, with their environment, umask and signals. What those processes save is the loading ' +
      'of the program and its first run, which is most of the time of a command. A command does its work itself where no ' +
      'service runs, with --wait, and with plugins.',
    arguments: [],
    options: [],
    examples: [
      ['xen-image serve', 'in the foreground; a systemd unit ships with the package'],
      ['XEN_IMAGE_SERVICE=off xen-image create guest.cfg', 'a command that asks no service, as --no-service does'],
    ],
    load: async () => (await import('./bodies.js')).serve,
  },
  {
    name: 'recover',
    summary: 'finish or undo what a process that was killed left unfinished',
    description:
      'Looks into the journal for operations whose process is gone, and finishes or undoes them. A domain is touched ' +
      "only while it still has the entry's uuid. `create` does the same first.",
    arguments: [],
    options: [...PLUGINS, ...DRIVER],
    examples: [['xen-image recover', 'after a crash']],
    load: async () => (await import('./bodies.js')).recover,
  },
  {
    name: 'handlers',
    summary: 'list the image handlers, by architecture and type of image',
    description:
      'Lists which plugin plans which type of guest, what it can do, and whose place it takes; and the plugins that the ' +
      'operator lists in a xen-image.config file, with where they come from and what is wrong with those left out.',
    arguments: [],
    options: [...PLUGINS],
    examples: [
      ['xen-image handlers', 'all handlers'],
      ['xen-image handlers --config ./xen-image.config.json', 'with the plugins of a file'],
    ],
    load: async () => (await import('./bodies.js')).handlers,
  },
  {
    name: 'new-handler',
    summary: 'write a package to begin an image handler from',
    description:
      'Writes the package of a handler for a type of guest of your own: it passes the conformance suite as it is, and ' +
      'has TODOs where knowledge of the guests goes.',
    arguments: [{ name: 'NAME', description: "the package's name", required: true, complete: [] }],
    options: [
      { flags: '--type <type>', description: 'the type of guest (default: what follows "handler-" in the name)' },
      { flags: '--arch <arch>', description: "the guests' architecture (default: x86)", complete: ['x86'] },
      { flags: '--directory <directory>', description: 'where it is written (default: the name)', complete: 'file' },
    ],
    examples: [['xen-image new-handler acme-handler-unikernel', 'a handler for type = "unikernel"']],
    load: async () => (await import('./bodies.js')).newHandler,
  },
  {
    name: 'replay',
    summary: "run recorded cases of xend's image handlers and compare",
    description:
      'Runs every case of the files through registry, handlers and executor under the xend profile, with ports that ' +
      'record, and compares with what xend did. The exit code is 1 where a case differs.',
    arguments: [
      {
        name: 'FILE',
        description: 'recorded cases, one JSON object a line',
        required: true,
        variadic: true,
        complete: 'file',
      },
    ],
    options: [{ flags: '--differences <number>', description: 'how many differences to show (default: 10)' }],
    examples: [['xen-image replay xend-image.jsonl', 'all cases of a file']],
    load: async () => (await import('./bodies.js')).replay,
  },
  {
    name: 'completion',
    summary: 'print a completion script for bash or zsh',
    description: 'Prints a script that completes commands, options, files, and the names of domains that run.',
    arguments: [{ name: 'SHELL', description: 'bash or zsh', required: true, complete: ['bash', 'zsh'] }],
    options: [],
    examples: [
      ['source <(xen-image completion bash)', 'in the shell that runs'],
      ['xen-image completion bash > /etc/bash_completion.d/xen-image', 'for everybody'],
      ['xen-image completion zsh > "${fpath[1]}/_xen-image"', 'for zsh'],
    ],
    load: async () => (await import('./bodies.js')).completion,
  },
];
