#!/bin/bash
#PBS -q long
#PBS -N r3-runs
#PBS -l select=1:ncpus=32
#PBS -l walltime=2:00:00
#PBS -o /here/submitted/STAMP/^array_index^.txt
#PBS -r y
#PBS -J 0-2%2
#PBS -j oe

folders=(
  /here/run0-mock.jobs
  /here/run1-mock.jobs
  /here/run2-mock.jobs
)
number=${PBS_ARRAY_INDEX:-0}
tasks=("$number")
said=batch.txt
job=${PBS_ARRAY_ID:-${PBS_JOBID:-$$}}
restart=0
start() {
  echo "== started $(date -u +%FT%TZ) job $job task $1 on $(hostname) restart $restart"
}
end() {
  echo "== ended $(date -u +%FT%TZ) status $1"
}
unready() {  # a line of the site failed: no run starts in the wrong environment
  local status=$? line=$BASH_COMMAND task
  for task in "${tasks[@]}"; do
    {
      start "$task"
      echo "interfaces: site mine: $line ended with status $status"
      end "$status"
    } >>"${folders[$task]}/$said" 2>&1
  done
  exit "$status"
}

set -e
trap unready ERR
cd /here
export OMP_NUM_THREADS="1"
trap - ERR
set +e
export INTERFACES_END=$(($(date +%s) + 7200))
{ sleep 7080 && kill -USR1 $$; } >/dev/null 2>&1 &
clock=$!
trap 'kill $(pgrep -P "$clock") "$clock" 2>/dev/null' EXIT

run() {
  case "$1" in
    0) /here/stub run /here/run0-mock.jobs/job.yaml --out /here --name run0-mock --calculator mock ;;
    1) /here/stub run /here/run1-mock.jobs/job.yaml --out /here --name run1-mock --calculator mock ;;
    2) /here/stub run /here/run2-mock.jobs/job.yaml --out /here --name run2-mock --calculator mock ;;
  esac
}
stop_run() {
  touch "$INTERFACES_LIMIT"
  local inner
  inner=$(pgrep -P "$child")
  kill -TERM ${inner:-"$child"} 2>/dev/null
}
trap stop_run USR1
attempt() {
  folder=${folders[$1]}
  local status
  {
    start "$1"
    # an earlier start, lost by the scheduler, may still be ending here
    command -v flock >/dev/null && flock --wait 60 "$folder/lock" true
    export INTERFACES_LIMIT="$folder/limit${worker:+-$worker}"
    rm -f "$INTERFACES_LIMIT"
    run "$1" &
    child=$!
    wait "$child"
    status=$?
    while kill -0 "$child" 2>/dev/null; do
      wait "$child"
      status=$?
    done
    end "$status"
  } >>"$folder/$said" 2>&1
  return $status
}

worst=0
for task in "${tasks[@]}"; do
  [ -e "${folders[$task]}/cancelled" ] && continue
  attempt "$task" || worst=$?
done
exit $worst
