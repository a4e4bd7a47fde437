# Whose every claim is, derived from what `kubectl get` prints and from nothing of ours: a line for each template and
# ordinal of each set, and for each claim that has the name of a set's claim and no set.
#
# set ordinal claim volume node users state

def ordinal_in($prefix):
  if startswith($prefix + "-") then .[($prefix | length) + 1:] | select(test("^(0|[1-9][0-9]*)$")) | tonumber
  else empty end;
def dash: if . == null or . == "" then "-" else tostring end;

.items as $all
| [$all[] | select(.kind == "StatefulSet")] as $sets
| [$all[] | select(.kind == "Pod" and (.status.phase | IN("Succeeded", "Failed") | not))] as $pods
| [$all[] | select(.kind == "PersistentVolumeClaim")] as $claims
| [$all[] | select(.kind | IN("Deployment", "ReplicaSet", "DaemonSet", "Job", "CronJob", "StatefulSet"))] as $makers
| def users($claim): [$pods[] | select(any(.spec.volumes[]?; .persistentVolumeClaim.claimName? == $claim)) | .metadata.name] | sort;
  def named($claim; $but): any($makers[] | select(.metadata.uid != $but); [.spec | .. | objects | .claimName? // empty] | index($claim) != null);
  def foreign($claim): any($claim.metadata.ownerReferences[]?; .kind | IN("StatefulSet", "Pod") | not);
  def start: .spec.ordinals.start // 0;
  def wanted($ordinal): $ordinal >= start and $ordinal < start + .spec.replicas;
  def state($set; $ordinal; $claim):
    users($claim.metadata.name) as $users
    | if ($users | length) > 0 then "in-use"
      elif $set != null and ($set | wanted($ordinal)) then "waiting"
      elif foreign($claim) then "foreign"
      elif $set != null and $set.spec.replicas == 0 then "parked"
      elif named($claim.metadata.name; $set.metadata.uid) then "foreign"
      elif $set != null then "left-behind"
      else "orphan" end;
  def places($name): [$sets[] as $set | $set.spec.volumeClaimTemplates[]? | .metadata.name as $template
    | ($name | ordinal_in($template + "-" + $set.metadata.name)) as $ordinal | {set: $set, ordinal: $ordinal}];
  (
    $sets[] as $set | $set.spec.volumeClaimTemplates[]? | .metadata.name as $template
    | ([range($set | start; ($set | start) + $set.spec.replicas)]
       + [$claims[].metadata.name | ordinal_in($template + "-" + $set.metadata.name)]
       | unique)[] as $ordinal
    | ($template + "-" + $set.metadata.name + "-" + ($ordinal | tostring)) as $name
    | (($set | wanted($ordinal)) or (any(places($name)[]; .set.metadata.uid != $set.metadata.uid and (.ordinal as $o | .set | wanted($o))) | not)) as $is_ours
    | select($is_ours)
    | ([$claims[] | select(.metadata.name == $name)] | first) as $claim
    | ([$pods[] | select(.metadata.name == $set.metadata.name + "-" + ($ordinal | tostring) and .metadata.ownerReferences[0].uid == $set.metadata.uid)] | first) as $pod
    | [$set.metadata.name, $ordinal, $name, ($claim.spec.volumeName | dash), ($pod.spec.nodeName | dash),
       (users($name) | join(",") | dash),
       (if $claim == null then "missing" else state($set; $ordinal; $claim) end)]
  ), (
    $claims[] | . as $claim | .metadata.name as $name
    | select($name | test("^[^-].*-.+-(0|[1-9][0-9]*)$"))
    | select(places($name) | length == 0)
    | select(all($pods[] | select(.metadata.name | IN(users($name)[])); .metadata.ownerReferences == null))
    | ["-", "-", $name, (.spec.volumeName | dash), "-", (users($name) | join(",") | dash), state(null; null; $claim)]
  )
| map(tostring) | join(" ")
