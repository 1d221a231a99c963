#!/bin/busybox sh
# A guest that says what it sees, one "GUEST-FACT name=value" a line, then GUEST-UP, and then does what its kernel's
# command line tells: rig.after=SECONDS and rig.do=poweroff|reboot|crash|spin|fpu; with neither it stays idle.
/bin/busybox --install -s /bin 2>/dev/null
export PATH=/bin:/sbin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev 2>/dev/null

# What the kernel runs when it is asked through xenstore to end.
for how in poweroff reboot; do
  printf '#!/bin/busybox sh\nexec /bin/busybox %s -f\n' "$how" > "/sbin/$how"
  chmod 755 "/sbin/$how"
done

word() {
  for w in $(cat /proc/cmdline); do
    case $w in "$1"=*) echo "${w#*=}"; return ;; esac
  done
}
fact() { echo "GUEST-FACT $1=$2"; }

fact cmdline "$(cat /proc/cmdline)"
fact kernel "$(uname -r)"
fact memtotal_kib "$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)"
fact cpus "$(grep -c ^processor /proc/cpuinfo)"
fact hypervisor "$(cat /sys/hypervisor/type 2>/dev/null)"
fact guest_type "$(cat /sys/hypervisor/guest_type 2>/dev/null)"
fact uuid "$(cat /sys/hypervisor/uuid 2>/dev/null)"
fact epoch "$(date +%s)"
fact rtc "$(cat /sys/class/rtc/rtc0/since_epoch 2>/dev/null)"
fact flags "$(awk -F': ' '/^flags/ { print $2; exit }' /proc/cpuinfo)"
fact disks "$(ls /sys/block | grep -v -e ^loop -e ^ram | tr '\n' ' ')"
for leaf in 0 1 7 80000001 40000000 40000004; do
  fact "cpuid_$leaf" "$(cpuid $leaf)"
  fact "cpuid_xen_$leaf" "$(cpuid -x $leaf 2>/dev/null)"
done
echo "GUEST-UP"

after=$(word rig.after)
[ -n "$after" ] && sleep "$after"
case $(word rig.do) in
  poweroff) echo GUEST-POWEROFF; poweroff -f ;;
  reboot) echo GUEST-REBOOT; reboot -f ;;
  crash) echo GUEST-CRASH; echo c > /proc/sysrq-trigger ;;
  fpu) while true; do echo "GUEST-FPU $(fpu 3)"; done ;;
  spin) echo GUEST-SPIN; while true; do :; done ;;
esac
# A shell for whoever attaches to the console.
while true; do setsid cttyhack sh; sleep 1; done
