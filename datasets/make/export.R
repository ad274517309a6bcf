# Writes the R data sets that the bundled .dta files are made from, as CSV text, into the folder given as argument.
# Numbers are written with as few digits as give the same double back, so that no precision is lost and a value stored
# with seven decimals shows seven decimals.

folder <- commandArgs(trailingOnly = TRUE)
if (length(folder) != 1) stop("usage: Rscript export.R FOLDER")

shortest <- function(x) {
  text <- formatC(x, digits = 15, format = "g", width = 1)
  again <- as.numeric(text) != x
  text[again] <- formatC(x[again], digits = 17, format = "g", width = 1)
  text
}

export <- function(package, name) {
  space <- new.env()
  utils::data(list = name, package = package, envir = space)
  frame <- if (exists(name, space, inherits = FALSE)) get(name, space) else getExportedValue(package, name)
  columns <- lapply(frame, function(column) if (is.factor(column)) as.character(column) else shortest(column))
  frame <- as.data.frame(columns, stringsAsFactors = FALSE)
  utils::write.csv(frame, file.path(folder, paste0(name, ".csv")), row.names = FALSE, fileEncoding = "UTF-8")
}

export("mlmRev", "Exam")
export("mlmRev", "Hsb82")
export("mlmRev", "egsingle")
export("nlme", "Orthodont")
export("nlme", "RatPupWeight")
export("lme4", "sleepstudy")
export("plm", "Produc")
export("mlmRev", "Contraception")
export("mlmRev", "Mmmec")
export("MASS", "epil")
export("mlmRev", "ScotsSec")
