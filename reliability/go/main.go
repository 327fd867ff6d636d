// Answers questions with the code that Plugwright's is compared with: Go's encoding/gob, apimachinery's label selectors
// and unstructured objects, gobwas' patterns, and Velero's filters. Each line of stdin is a question, each line of
// stdout an answer; both are JSON.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"os"
)

// A question has a subject, and the fields of that subject's own question.
type question struct {
	Subject string `json:"subject"`
}

var subjects = map[string]func([]byte) (any, error){
	"label-selectors": answer(labelSelector),
	"globs":           answer(pattern),
	"includes":        answer(includes),
	"gob":             answer(decodeGob),
	"edits":           answer(edits),
	"cluster":         answer(cluster),
	"selects":         answer(selects),
}

// answer reads the question of a subject.
func answer[Q, A any](of func(Q) A) func([]byte) (any, error) {
	return func(line []byte) (any, error) {
		var question Q
		if err := json.Unmarshal(line, &question); err != nil {
			return nil, err
		}
		return of(question), nil
	}
}

func main() {
	log.SetFlags(0)
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriterSize(os.Stdout, 1<<20)
	encoder := json.NewEncoder(out)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) == 0 {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		answer, err := ask(line)
		if err != nil {
			log.Fatalf("%v in %s", err, line)
		}
		if err := encoder.Encode(answer); err != nil {
			log.Fatal(err)
		}
		// The other side asks many questions before it reads an answer.
		if in.Buffered() == 0 {
			if err := out.Flush(); err != nil {
				log.Fatal(err)
			}
		}
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}

func ask(line []byte) (any, error) {
	var question question
	if err := json.Unmarshal(line, &question); err != nil {
		return nil, err
	}
	subject, found := subjects[question.Subject]
	if !found {
		return nil, fmt.Errorf("unknown subject %q", question.Subject)
	}
	return subject(line)
}
