FROM python:3.14-slim
RUN pip install flask
RUN pip install --no-cache-dir -r requirements.txt
RUN npm install -g left-pad
RUN gem install rails
USER 1000
