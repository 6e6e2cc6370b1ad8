; Remove Background without a window, from GIMP 3's Script-Fu. Copy it and change it as you like.
;
;   gimp-console -i --batch-interpreter plug-in-script-fu-eval --quit -b '(begin
;     (load "<this folder>/cutaway-examples.scm")
;     (cutaway-folder "photos" "cutouts" #:write-png TRUE #:feather 2))'
;
; Every function takes the settings of the dialog by their names (#:model, #:refine, #:clean, #:output, #:feather, ...).
; What goes wrong ends the script, and GIMP with the exit code 70. Nothing is overwritten. Relative names of files count
; from the folder in which GIMP was started.

; Every picture of a folder into NAME.xcf (layer and mask) in another one; with #:write-png TRUE into NAME.png, too.
; Also: #:write-xcf, #:all-layers, #:overwrite, #:report-file. What came of each picture is in cutaway-report.json
; there; the same call again does what is still to be done.
(define (cutaway-folder pictures results . more)
  (apply cutaway-remove-background-folder
         (append (list #:input-folder pictures #:output-folder results) more)))

; Every layer of one picture, saved as an XCF file. What came of each is in #:report-file, else beside the target under
; its name with "-report.json" behind it.
(define (cutaway-every-layer picture target . more)
  (cutaway-must-be-free target)
  (let* ((image (car (gimp-file-load RUN-NONINTERACTIVE picture)))
         (counts (apply cutaway-remove-background-layers
                        (append (list #:run-mode RUN-NONINTERACTIVE #:image image)
                                (list #:report-file (string-append target "-report.json"))  ; unless more says it
                                more))))
    (gimp-file-save RUN-NONINTERACTIVE image target -1)
    (gimp-image-delete image)
    (cutaway-judged counts)))

; All pictures that are open: the files named on GIMP's command line. Each is saved as NAME-number.xcf in a folder,
; which must be there. What came of each is in #:report-file, else in cutaway-open-images.json in that folder.
(define (cutaway-open-images results . more)
  (let ((counts (apply cutaway-remove-background-open-images
                       (append (list #:run-mode RUN-NONINTERACTIVE)
                               (list #:report-file (string-append results "/cutaway-open-images.json"))
                               more))))
    (for-each
      (lambda (image)
        (let ((target (string-append results "/" (cutaway-name image) "-" (number->string image) ".xcf")))
          (cutaway-must-be-free target)
          (gimp-file-save RUN-NONINTERACTIVE image target -1)))
      (vector->list (car (gimp-get-images))))
    (cutaway-judged counts)))

; The name of an image's file without its folder and without what comes after the first dot; else "image".
(define (cutaway-name image)
  (let ((file (car (gimp-image-get-imported-file image))))
    (if (and (string? file) (> (string-length file) 0))
        (car (strbreakup (car (reverse (strbreakup file "/"))) "."))
        "image")))

; counts: how many were done, skipped and failed, and the report in JSON.
(define (cutaway-judged counts)
  (if (> (caddr counts) 0)
      (error "Not everything could be done" (cadddr counts))
      counts))

(define (cutaway-must-be-free target)
  (if (file-exists? target)
      (error "There already" target)))
