"""The kill switch: SIGKILL right after a chosen COMMIT, before the answer and all that runs after commits.

Every commit of the server is labelled: by the events it wrote to the log ("auctions.bid_placed"), or,
if it wrote none, by the step that the request's ``X-Story-Step`` header names. Labels are written to the
file ``commits``; the file ``kill`` holds the labels that kill, each once, as ``label#n``
for the n-th commit of that label.
"""
